-- One job for each institution of a sync, the largest first, so that what is left at the end is small. One that was
-- never read goes before all others: it may be large.
-- takes: run_id bigint, hei_ids integer[], each_options text[], now timestamptz
-- reads: dcs_mirror.sync_outcome
-- writes: dcs_mirror.job
INSERT INTO dcs_mirror.job (kind, hei_id, run_id, options, enqueued_at)
SELECT 'institution', i.hei_id, :run_id, i.options::jsonb, :now
FROM unnest(:hei_ids, :each_options) WITH ORDINALITY AS i (hei_id, options, place)
LEFT JOIN LATERAL (
    SELECT o.courses
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = i.hei_id AND o.is_full AND o.outcome IN ('complete', 'partial')
    ORDER BY o.run_id DESC
    LIMIT 1
) AS before ON true
ORDER BY before.courses DESC NULLS FIRST, i.place
