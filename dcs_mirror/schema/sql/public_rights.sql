-- What every role of the server was granted in the mirror's schemas, one line each: such as SELECT on dcs.course, or of a
-- single column SELECT (state) on dcs_mirror.call. Of functions, those that run with their owner's rights.
SELECT format('%s on %s', g.privilege, g.name) AS part
FROM (
\ir granted_rights.sql
    UNION ALL
    SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), a.privilege_type,
           a.grantee
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror') AND p.prosecdef
) AS g
-- A migration grants this one: what the mirror's roles are called is no secret.
WHERE g.grantee = 0 AND (g.privilege, g.name) <> ('SELECT', 'dcs_mirror.role')
ORDER BY 1
