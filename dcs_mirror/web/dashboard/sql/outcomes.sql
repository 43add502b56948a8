-- What runs did for institutions, and whether they failed to apply it whole: what the list of runs and a run's rows share.
-- takes: hei_ids integer[]
-- reads: dcs.sync_outcome
SELECT e.*, e.outcome IN ('held', 'failed', 'partial') AS is_wrong
FROM dcs.sync_outcome AS e
WHERE (:hei_ids IS NULL OR e.hei_id = ANY (:hei_ids))
