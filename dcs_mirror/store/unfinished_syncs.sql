-- The syncs since the last one that came to its end, and the institutions that each of them applied whole.
-- reads: dcs_mirror.sync_outcome, dcs_mirror.sync_run
SELECT r.run_id, r.started_at,
       coalesce(array_agg(o.hei_id) FILTER (WHERE o.outcome = 'complete'), '{}') AS landed
FROM dcs_mirror.sync_run AS r
LEFT JOIN dcs_mirror.sync_outcome AS o USING (run_id)
WHERE r.kind = 'sync'
  AND r.finished_at IS NOT NULL
  AND r.run_id > (
      SELECT coalesce(max(e.run_id), 0)
      FROM dcs_mirror.sync_run AS e
      WHERE e.kind = 'sync' AND e.outcome <> 'interrupted' AND e.error IS NULL
  )
GROUP BY r.run_id
ORDER BY r.run_id
