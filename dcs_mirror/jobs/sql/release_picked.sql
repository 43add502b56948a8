-- Puts back into the queue what a listener that is gone had taken.
-- takes: listener_id uuid
-- writes: dcs_queue.pgqueuer
UPDATE dcs_queue.pgqueuer AS q
SET status = 'queued', queue_manager_id = NULL
WHERE q.queue_manager_id = :listener_id AND q.status = 'picked'
