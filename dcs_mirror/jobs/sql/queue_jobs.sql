-- Puts into the queue every job that is open and not in it: new ones, and those that it lost.
-- reads: dcs_mirror.job, dcs_queue.pgqueuer
-- writes: dcs_queue.pgqueuer
INSERT INTO dcs_queue.pgqueuer (priority, entrypoint, payload, dedupe_key, status)
SELECT CASE j.kind WHEN 'institution' THEN 0 WHEN 'sync' THEN 10 ELSE 20 END,
       j.kind, convert_to(j.job_id::text, 'UTF8'), j.job_id::text, 'queued'
FROM dcs_mirror.job AS j
WHERE j.state IN ('waiting', 'running')
  AND NOT EXISTS (
      SELECT FROM dcs_queue.pgqueuer AS q
      WHERE q.dedupe_key = j.job_id::text AND q.status IN ('queued', 'picked')
  )
ORDER BY j.job_id
ON CONFLICT DO NOTHING
