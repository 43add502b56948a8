-- What the connected role may do with the mirror, and who else may; nothing of it is read from private tables.
-- A schema is a stranger's if its owner is neither this role, nor one whose rights it has by membership, nor the
-- database's owner, nor a superuser. If there is a mirror, its owner counts instead of this role for its queue, and
-- so do those who may become its owner.
WITH mirror AS (
    SELECT n.oid AS schema, v.oid AS version, v.relowner AS owner,
           (SELECT min(a.grantee) FROM aclexplode(f.relacl) AS a
            WHERE a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, f.relowner)) AS writer,
           -- The role of those who serve adds to the record of what was done, and never to the feed.
           (SELECT min(a.grantee) FROM aclexplode(d.relacl) AS a
            WHERE a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, d.relowner)
              AND a.grantee NOT IN (SELECT b.grantee FROM aclexplode(f.relacl) AS b
                                    WHERE b.privilege_type = 'INSERT')) AS web
    FROM pg_namespace AS n
    JOIN pg_class AS v ON v.relnamespace = n.oid AND v.relname = 'alembic_version' AND v.relkind = 'r'
    LEFT JOIN pg_class AS f ON f.relnamespace = n.oid AND f.relname = 'change'
    LEFT JOIN pg_class AS d ON d.relnamespace = n.oid AND d.relname = 'account_action'
    WHERE n.nspname = 'dcs_mirror'
),
mine AS (
    SELECT r.oid, r.rolname, r.rolsuper
    FROM pg_roles AS r
    WHERE r.oid = coalesce((SELECT m.owner FROM mirror AS m),
                           (SELECT u.oid FROM pg_roles AS u WHERE u.rolname = current_user))
),
stranger AS (
    SELECT o.oid, o.rolname
    FROM pg_roles AS o
    CROSS JOIN mine AS m
    WHERE o.oid <> m.oid AND NOT o.rolsuper AND o.rolname <> 'pg_database_owner'
      AND (m.rolsuper OR NOT pg_has_role(m.oid, o.oid, 'USAGE'))
      AND o.oid <> (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())
),
in_queue AS (
    SELECT n.nspowner AS owner FROM pg_namespace AS n WHERE n.nspname = 'dcs_queue'
    UNION
    SELECT c.relowner FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('dcs_queue')
    UNION
    SELECT p.proowner FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('dcs_queue')
    UNION
    SELECT t.typowner FROM pg_type AS t WHERE t.typnamespace = to_regnamespace('dcs_queue')
)
SELECT quote_ident(current_user) AS role,
       quote_ident(current_database()) AS database,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       m.schema IS NOT NULL AS is_there,
       has_schema_privilege(m.schema, 'USAGE') AND has_table_privilege(m.version, 'SELECT') AS may_look,
       quote_ident(pg_get_userbyid(m.owner)) AS owner,
       pg_has_role(m.owner, 'USAGE') AS owns,
       pg_get_userbyid(m.writer) AS writer_name,
       pg_get_userbyid(m.web) AS web_name,
       ARRAY (
           SELECT format('ALTER SCHEMA %I OWNER TO %I', n.nspname, current_user)
           FROM pg_namespace AS n
           JOIN pg_roles AS o ON o.oid = n.nspowner
           WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue') AND o.rolname <> current_user AND NOT o.rolsuper
             AND (NOT pg_has_role(o.oid, 'USAGE')
                  OR (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user))
             AND o.oid <> (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database())
             AND o.rolname <> 'pg_database_owner'
           ORDER BY n.nspname
       ) AS of_strangers,
       ARRAY (
           SELECT quote_ident(s.rolname)
           FROM in_queue AS q
           JOIN stranger AS s ON s.oid = q.owner
           WHERE m.schema IS NULL OR NOT pg_has_role(s.oid, m.owner, 'MEMBER')
           ORDER BY 1
       ) AS strangers_in_queue
FROM (SELECT true) AS one
LEFT JOIN mirror AS m ON true
