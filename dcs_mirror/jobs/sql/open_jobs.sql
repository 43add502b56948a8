-- What waits, runs and failed, the oldest first.
-- reads: dcs_mirror.job, dcs_mirror.worker
SELECT o.job_id, o.kind, o.hei_id, o.state, o.attempts, o.enqueued_at, o.started_at,
       CASE WHEN o.state = 'running' AND o.waits_since IS NOT NULL
            THEN concat_ws('; ', o.error, 'its worker is gone: another one will take it over') ELSE o.error END AS error
FROM (
\ir open_job.sql
) AS o
ORDER BY o.job_id
