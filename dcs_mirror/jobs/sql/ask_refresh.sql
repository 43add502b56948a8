-- An account asks for a refresh; null if it asked too often. It begins after this was committed.
-- takes: hei_id integer, course_code text, request_id bigint, requested_by text, most integer
-- reads: dcs_mirror.refresh_request
-- writes: dcs_mirror.refresh_request
INSERT INTO dcs_mirror.refresh_request (hei_id, course_code, request_id, requested_by, requested_at)
SELECT :hei_id, :course_code, :request_id, :requested_by, clock_timestamp()
WHERE (SELECT count(*) FROM dcs_mirror.refresh_request AS r
       WHERE r.requested_by = :requested_by AND r.requested_at > clock_timestamp() - interval '1 hour') < :most
RETURNING refresh_id, pg_notify('dcs_asked', '')
