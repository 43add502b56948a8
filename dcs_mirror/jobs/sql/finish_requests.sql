-- Ends the requests that a refresh served, and tells those who listen, unless the server's queue is full: every role
-- may fill it, and the commit would fail.
-- takes: job_id bigint, outcome text, error text, now timestamptz
-- writes: dcs_mirror.refresh_request
WITH served AS (
    UPDATE dcs_mirror.refresh_request AS r
    SET finished_at = :now, outcome = :outcome, error = :error
    WHERE r.job_id = :job_id AND r.finished_at IS NULL
    RETURNING r.refresh_id
)
SELECT pg_notify('dcs_refresh', s.refresh_id::text) FROM served AS s WHERE pg_notification_queue_usage() < 0.9
