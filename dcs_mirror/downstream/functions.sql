-- Functions that downstream calls. They read the views, with the caller's own rights.

CREATE OR REPLACE FUNCTION dcs.current_request_id(request_id bigint, hei_id integer DEFAULT NULL)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.current_request_id
    FROM dcs.request_id AS r
    WHERE r.request_id = $1 AND ($2 IS NULL OR r.hei_id = $2)
    LIMIT 1;
END;

COMMENT ON FUNCTION dcs.current_request_id(bigint, integer) IS
    'Any request id ever seen, from any academic year -> the current one; null if unknown. Joins over many ids are faster on the view dcs.request_id.';
