-- The epoch and where it began; and where this is, as far as every role may know: the database, and the table
-- itself, which a dump that is loaded makes anew. Some servers keep the rest to themselves.
-- reads: dcs_mirror.feed_state
SELECT f.epoch, f.origin, f.tableoid::text AS "table",
       (SELECT d.oid::text FROM pg_database AS d WHERE d.datname = current_database()) AS database,
       coalesce(has_function_privilege(to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE'), false)
           AS tells_cluster,
       coalesce(has_function_privilege(to_regprocedure('pg_catalog.pg_walfile_name(pg_lsn)'), 'EXECUTE')
            AND has_function_privilege(to_regprocedure('pg_catalog.pg_current_wal_insert_lsn()'), 'EXECUTE'), false)
           AS tells_timeline,
       pg_is_in_recovery() AS is_standby
FROM dcs_mirror.feed_state AS f
