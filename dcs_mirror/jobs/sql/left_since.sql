-- Since when a job waits that is no refresh, and none of that kind is done or has ended; null if one is done, or none
-- waits. `serve` does refreshes only, though it is a worker that lives.
-- reads: dcs_mirror.job, dcs_mirror.worker
SELECT greatest(o.since, ended.finished_at) AS left_since
FROM (
    SELECT min(w.waits_since) AS since,
           coalesce(bool_or(w.state = 'running' AND w.waits_since IS NULL), false) AS is_done
    FROM (
\ir open_job.sql
    ) AS w
    WHERE w.kind <> 'refresh'
) AS o
LEFT JOIN LATERAL (
    SELECT j.finished_at FROM dcs_mirror.job AS j
    WHERE j.kind <> 'refresh' AND j.finished_at IS NOT NULL
    ORDER BY j.finished_at DESC
    LIMIT 1
) AS ended ON true
WHERE o.since IS NOT NULL AND NOT o.is_done
