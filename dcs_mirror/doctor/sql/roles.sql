-- The roles that a migration grants rights to: whether they exist, their members, the privileges they lack.
-- reads: dcs_mirror.role
SELECT wanted.name, quote_ident(wanted.name) AS quoted, r.oid IS NOT NULL AS is_there,
       (SELECT count(*) FROM pg_auth_members AS m WHERE m.roleid = r.oid) AS members,
       ARRAY (
           SELECT format('USAGE on %I', n.nspname)
           FROM pg_namespace AS n
           WHERE n.nspname = ANY (wanted.schemas) AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE')
           UNION ALL
           SELECT format('SELECT on %I.%I', n.nspname, c.relname)
           FROM pg_class AS c
           JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = ANY (wanted.schemas) AND c.relkind IN ('r', 'v')
             AND NOT has_table_privilege(r.oid, c.oid, 'SELECT')
             AND (wanted.purpose <> 'requester' OR c.relname IN ('refresh_request', 'institution'))
           UNION ALL
           SELECT format('EXECUTE on %I.%I', n.nspname, p.proname)
           FROM pg_proc AS p
           JOIN pg_namespace AS n ON n.oid = p.pronamespace
           WHERE n.nspname = ANY (wanted.schemas) AND NOT has_function_privilege(r.oid, p.oid, 'EXECUTE')
             -- To ask for a refresh is the requester's right, and its only one.
             AND (wanted.purpose = 'writer' OR (wanted.purpose = 'requester') = (p.proname = 'request_refresh'))
       ) AS lacks,
       wanted.purpose,
       -- Whoever created the role administers it, without its rights.
       ARRAY (
           SELECT format(CASE WHEN current_setting('server_version_num')::integer >= 160000
                              THEN 'GRANT %1$I TO %2$I WITH INHERIT TRUE' ELSE 'ALTER ROLE %2$I INHERIT' END,
                         r.rolname, m.rolname)
           FROM pg_auth_members AS g
           JOIN pg_roles AS m ON m.oid = g.member
           WHERE g.roleid = r.oid AND NOT g.admin_option AND NOT pg_has_role(m.oid, r.oid, 'USAGE')
           ORDER BY m.rolname
       ) AS to_inherit
FROM (
    SELECT k.name, CASE k.purpose WHEN 'writer' THEN '{dcs,dcs_mirror}'::name[] ELSE '{dcs}' END AS schemas, k.purpose
    FROM dcs_mirror.role AS k
) AS wanted
LEFT JOIN pg_roles AS r ON r.rolname = wanted.name
ORDER BY wanted.purpose
