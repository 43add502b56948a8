-- The rights of those who ask for refreshes: the one function, and to see what became of it.

GRANT USAGE ON SCHEMA dcs TO :"requester";
GRANT SELECT ON dcs.refresh_request, dcs.institution TO :"requester";
GRANT EXECUTE ON FUNCTION dcs.request_refresh(integer, text, bigint) TO :"requester";
