-- One job for each institution of a sync.
-- takes: run_id bigint, hei_ids integer[], each_options text[], now timestamptz
-- writes: dcs_mirror.job
INSERT INTO dcs_mirror.job (kind, hei_id, run_id, options, enqueued_at)
SELECT 'institution', i.hei_id, :run_id, i.options::jsonb, :now
FROM unnest(:hei_ids, :each_options) AS i (hei_id, options)
