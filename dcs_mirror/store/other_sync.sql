-- Who has another sync of all institutions under way: workers, or a program of its own; null if nobody.
-- takes: run_id bigint
-- reads: dcs_mirror.sync_run, dcs_mirror.job, dcs_mirror.lock
SELECT CASE WHEN EXISTS (
    SELECT FROM dcs_mirror.sync_run AS r
    JOIN dcs_mirror.job AS j ON j.run_id = r.run_id AND j.kind = 'sync' AND NOT j.options ? 'hei_ids'
    WHERE r.finished_at IS NULL AND r.by_workers AND r.run_id IS DISTINCT FROM :run_id
) THEN 'workers' WHEN EXISTS (
    SELECT FROM dcs_mirror.lock AS l WHERE l.name = 'sync' AND dcs_mirror.is_held(l.held_by)
) THEN 'a program' END AS other
