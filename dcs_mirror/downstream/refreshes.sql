-- Refreshes that SQL asks for. The function runs with its owner's rights: a role that may call it needs no other rights.

CREATE OR REPLACE VIEW dcs.refresh_request AS
    SELECT r.hei_id, r.refresh_id, r.course_code, r.request_id, r.requested_by, r.requested_at, r.started_at,
           r.finished_at, r.outcome, r.error
    FROM dcs_mirror.refresh_request AS r;

COMMENT ON VIEW dcs.refresh_request IS 'Refreshes that were asked for with dcs.request_refresh, and what became of them. Ended ones are kept for 30 days.';
COMMENT ON COLUMN dcs.refresh_request.hei_id IS 'Institution that is to be read; 0 for the list of institutions, which the service asks for.';
COMMENT ON COLUMN dcs.refresh_request.refresh_id IS 'What dcs.request_refresh returned.';
COMMENT ON COLUMN dcs.refresh_request.course_code IS 'Only the course with this code; null if all of it, or a request.';
COMMENT ON COLUMN dcs.refresh_request.request_id IS 'Only this request id, of any year; null if all of it, or a course.';
COMMENT ON COLUMN dcs.refresh_request.requested_by IS 'Login role that asked.';
COMMENT ON COLUMN dcs.refresh_request.requested_at IS 'When it asked.';
COMMENT ON COLUMN dcs.refresh_request.started_at IS 'When the reading began that answers it; null while it waits.';
COMMENT ON COLUMN dcs.refresh_request.finished_at IS 'When that reading had ended; null before. NOTIFY dcs_refresh carries the refresh_id then.';
COMMENT ON COLUMN dcs.refresh_request.outcome IS 'complete, partial, held, failed or unsubscribed; null before the end.';
COMMENT ON COLUMN dcs.refresh_request.error IS 'What was wrong.';

CREATE OR REPLACE FUNCTION dcs.request_refresh(
    hei_id integer, course_code text DEFAULT NULL, request_id bigint DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT integer := 600;
    asked bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM dcs_mirror.institution AS i WHERE i.hei_id = request_refresh.hei_id) THEN
        RAISE EXCEPTION 'the mirror does not know institution %', coalesce(hei_id::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'dcs.institution lists those that it knows.';
    END IF;
    IF course_code IS NOT NULL AND request_id IS NOT NULL THEN
        RAISE EXCEPTION 'give a course code or a request id, not both' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF course_code = '' OR length(course_code) > 1000 OR request_id <= 0 THEN
        RAISE EXCEPTION 'no course or request can have this code or id'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- One transaction of a role at a time: another one that is open could not be counted.
    INSERT INTO dcs_mirror.lock AS l (name, id)
    SELECT 'refresh_request', a.oid::bigint FROM pg_roles AS a WHERE a.rolname = session_user
    ON CONFLICT (name, id) DO UPDATE SET held_by = l.held_by WHERE false;
    IF (SELECT count(*) FROM dcs_mirror.refresh_request AS r
        WHERE r.requested_by = session_user AND r.requested_at > clock_timestamp() - interval '1 hour') >= most THEN
        RAISE EXCEPTION 'role % has asked for % refreshes within an hour, which is the most', session_user, most
            USING ERRCODE = 'configuration_limit_exceeded', HINT = 'Ask again later, or wait for the nightly sync.';
    END IF;
    INSERT INTO dcs_mirror.refresh_request (hei_id, course_code, request_id, requested_by, requested_at)
    VALUES (request_refresh.hei_id, request_refresh.course_code, request_refresh.request_id, session_user,
            clock_timestamp())
    RETURNING refresh_id INTO asked;
    -- Every role may fill the server's queue, and the commit would fail on a full one. Workers look by themselves, too.
    IF pg_notification_queue_usage() < 0.9 THEN
        PERFORM pg_notify('dcs_asked', '');
    END IF;
    RETURN asked;
END $$;

COMMENT ON FUNCTION dcs.request_refresh(integer, text, bigint) IS
    'Asks workers to read an institution now, or only a course of it by its code, or a request by its id of any year; returns the id of the asking, which dcs.refresh_request shows. The reading begins after this was committed.';

REVOKE ALL ON FUNCTION dcs.request_refresh(integer, text, bigint) FROM PUBLIC;
