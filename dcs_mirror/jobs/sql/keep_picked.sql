-- Says that the jobs which this worker does go on, whatever its event loop is busy with.
-- takes: listener_ids uuid[], job_keys text[]
-- writes: dcs_queue.pgqueuer
UPDATE dcs_queue.pgqueuer AS q
SET heartbeat = now()
WHERE q.dedupe_key = ANY (:job_keys) AND q.queue_manager_id = ANY (:listener_ids) AND q.status = 'picked'
