-- What a role was granted in the mirror's schemas, one line each: such as SELECT on dcs.course, or of a single column
-- SELECT (state) on dcs_mirror.call.
-- takes: role text
SELECT format('%s on %s', g.privilege, g.name) AS part
FROM (
    SELECT n.nspname AS name, a.privilege_type AS privilege, a.grantee
    FROM pg_namespace AS n CROSS JOIN aclexplode(n.nspacl) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue')
    UNION ALL
    SELECT format('%I.%I', n.nspname, c.relname), a.privilege_type, a.grantee
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN aclexplode(c.relacl) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue')
    UNION ALL
    SELECT format('%I.%I', n.nspname, c.relname), format('%s (%I)', a.privilege_type, t.attname), a.grantee
    FROM pg_attribute AS t
    JOIN pg_class AS c ON c.oid = t.attrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN aclexplode(t.attacl) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue') AND NOT t.attisdropped
    UNION ALL
    SELECT format('%I.%I', n.nspname, p.proname), a.privilege_type, a.grantee
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    CROSS JOIN aclexplode(p.proacl) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror', 'dcs_queue')
) AS g
JOIN pg_roles AS r ON r.oid = g.grantee
WHERE r.rolname = :role
