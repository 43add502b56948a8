-- What the connected role may do, and which privileges of the writer it lacks. If there is no writer role,
-- every table must be readable and accept new rows, but for those that never get one. Numbers come from all sequences.
WITH writer AS (
    SELECT a.grantee AS oid
    FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a
    WHERE c.oid = 'dcs_mirror.change'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
),
needed AS (
    SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) AS name, p.privilege
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN (VALUES ('SELECT'), ('INSERT')) AS p (privilege)
    WHERE n.nspname = 'dcs_mirror' AND c.relkind = 'r'
      AND (p.privilege = 'SELECT'
           OR c.relname NOT IN ('alembic_version', 'applied', 'feed_state', 'fleet', 'reader', 'role'))
    UNION
    SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname), 'USAGE'
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'dcs_mirror' AND c.relkind = 'S'
    UNION
    SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname), a.privilege_type
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN aclexplode(c.relacl) AS a
    JOIN writer AS w ON w.oid = a.grantee
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue')
),
lacking AS (
    SELECT format('%s on %s', d.privilege, d.name) AS what, d.privilege
    FROM needed AS d
    WHERE NOT CASE d.relkind WHEN 'S' THEN has_sequence_privilege(d.oid, d.privilege)
                             ELSE has_table_privilege(d.oid, d.privilege) END
    UNION ALL
    SELECT format('USAGE on %I', n.nspname), 'SELECT'
    FROM pg_namespace AS n
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue') AND NOT has_schema_privilege(n.oid, 'USAGE')
    UNION ALL
    SELECT format('TEMPORARY on database %I', current_database()), 'TEMPORARY'
    WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
)
SELECT quote_ident(current_user) AS role,
       (SELECT bool_and(pg_has_role(c.relowner, 'USAGE')) FROM pg_class AS c
        WHERE c.relnamespace = 'dcs_mirror'::regnamespace) AS owns,
       NOT EXISTS (SELECT FROM lacking AS l WHERE l.privilege = 'SELECT') AS may_read,
       ARRAY (SELECT l.what FROM lacking AS l ORDER BY l.what) AS lacks
