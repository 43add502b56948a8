-- An account asks for a refresh; null if it asked too often. It begins after this was committed. Workers are not told
-- if the server's queue is full, which every role may fill: the commit would fail, and they look by themselves.
-- takes: hei_id integer, course_code text, request_id bigint, requested_by text, most integer
-- reads: dcs_mirror.refresh_request
-- writes: dcs_mirror.refresh_request
INSERT INTO dcs_mirror.refresh_request (hei_id, course_code, request_id, requested_by, requested_at)
SELECT :hei_id, :course_code, :request_id, :requested_by, clock_timestamp()
WHERE (SELECT count(*) FROM dcs_mirror.refresh_request AS r
       WHERE r.requested_by = :requested_by AND r.requested_at > clock_timestamp() - interval '1 hour') < :most
RETURNING refresh_id, CASE WHEN pg_notification_queue_usage() < 0.9 THEN pg_notify('dcs_asked', '') END
