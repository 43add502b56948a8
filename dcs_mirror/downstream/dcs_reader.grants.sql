-- The rights of downstream systems: they read the schema dcs, nothing else.

GRANT USAGE ON SCHEMA dcs TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA dcs TO :"reader";
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA dcs FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dcs TO :"reader";
-- Reading is not asking: that is the right of a role of its own.
REVOKE ALL ON FUNCTION dcs.request_refresh(integer, text, bigint) FROM :"reader";
