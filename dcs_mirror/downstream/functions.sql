-- Functions that downstream calls. They read the views, with the caller's own rights.

CREATE OR REPLACE FUNCTION dcs.current_request_id(request_id bigint, hei_id integer DEFAULT NULL)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(
        (SELECT i.request_id
         FROM dcs.content_item AS i
         WHERE i.request_id = $1 AND ($2 IS NULL OR i.hei_id = $2)
         LIMIT 1),
        (SELECT h.request_id
         FROM dcs.request_id_history AS h
         WHERE h.old_request_id = $1 AND ($2 IS NULL OR h.hei_id = $2)
         LIMIT 1));
END;

COMMENT ON FUNCTION dcs.current_request_id(bigint, integer) IS
    'Any request id ever seen, from any academic year -> the current one; null if unknown.';
