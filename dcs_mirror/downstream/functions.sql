-- Functions for downstream systems. They read the views with the caller's rights.

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
    'Returns the current request id for a request id from any academic year; null if the mirror has never seen it. Joins over many ids are faster with the view dcs.request_id.';
