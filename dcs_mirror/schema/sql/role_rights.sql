-- What a role was granted in the mirror's schemas, one line each: such as SELECT on dcs.course, or of a single column
-- SELECT (state) on dcs_mirror.call.
-- takes: role text
SELECT format('%s on %s', g.privilege, g.name) AS part
FROM (
\ir granted_rights.sql
    UNION ALL
    SELECT format('%I.%I', n.nspname, p.proname), a.privilege_type, a.grantee
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    CROSS JOIN aclexplode(p.proacl) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue')
) AS g
JOIN pg_roles AS r ON r.oid = g.grantee
WHERE r.rolname = :role
