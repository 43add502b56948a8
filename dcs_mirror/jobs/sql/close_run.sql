-- Ends a run that has no open job left, with the outcome that a single process would give it.
-- takes: run_id bigint, now timestamptz
-- reads: dcs_mirror.job, dcs_mirror.sync_outcome
-- writes: dcs_mirror.sync_run
WITH done AS (
    SELECT coalesce(sum(j.requests), 0) AS requests,
           bool_or(j.state = 'failed' OR coalesce(j.exit_code, 0) > 0) AS has_failures
    FROM dcs_mirror.job AS j
    WHERE j.run_id = :run_id
),
landed AS (
    SELECT coalesce(bool_or(o.outcome IN ('complete', 'partial')), false) AS any_landed,
           coalesce(bool_and(o.outcome = 'complete' OR o.outcome = 'unsubscribed' AND o.error IS NULL), true)
               AS all_right
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.run_id = :run_id
)
UPDATE dcs_mirror.sync_run AS r
SET finished_at = :now, requests = d.requests,
    outcome = CASE WHEN r.error IS NULL AND NOT d.has_failures AND l.all_right THEN 'complete'
                   WHEN l.any_landed THEN 'partial'
                   ELSE 'failed' END
FROM done AS d
CROSS JOIN landed AS l
WHERE r.run_id = :run_id AND (r.finished_at IS NULL OR r.outcome = 'interrupted')
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.job AS j WHERE j.run_id = :run_id AND j.state IN ('waiting', 'running')
  )
RETURNING r.kind, r.outcome
