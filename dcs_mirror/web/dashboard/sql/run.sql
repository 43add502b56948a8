-- What a run did for an institution.
-- takes: hei_ids integer[], hei_id integer, run_id bigint
-- reads: dcs_mirror.sync_outcome, dcs.sync_run
SELECT o.run_id, r.kind, r.started_at, o.recorded_at, o.outcome, o.error, o.added, o.changed, o.removed, o.renumbered,
       o.flagged
FROM dcs_mirror.sync_outcome AS o
JOIN dcs.sync_run AS r ON r.run_id = o.run_id
WHERE o.hei_id = :hei_id AND o.run_id = :run_id AND (:hei_ids IS NULL OR o.hei_id = ANY (:hei_ids))
