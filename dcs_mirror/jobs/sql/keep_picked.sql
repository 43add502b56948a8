-- Says that the jobs of this worker go on, whatever its event loop is busy with.
-- takes: listener_id uuid
-- writes: dcs_queue.pgqueuer
UPDATE dcs_queue.pgqueuer AS q
SET heartbeat = now()
WHERE q.queue_manager_id = :listener_id AND q.status = 'picked'
