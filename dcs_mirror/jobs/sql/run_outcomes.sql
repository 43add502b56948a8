-- takes: run_id bigint
-- reads: dcs_mirror.sync_outcome
SELECT o.hei_id, o.outcome, o.courses, o.content_items, o.added, o.changed, o.removed, o.renumbered, o.flagged,
       o.quarantined, o.courses_changed, o.error
FROM dcs_mirror.sync_outcome AS o
WHERE o.run_id = :run_id
ORDER BY o.recorded_at, o.hei_id
