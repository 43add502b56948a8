-- What anybody was granted in the mirror's schemas, their tables and views, and single columns of them.
-- One row a right and a grantee; 0 stands for every role.
SELECT quote_ident(n.nspname) AS name, a.privilege_type AS privilege, a.grantee
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
