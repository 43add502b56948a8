-- Whether the connected role is a member of the writer, whether it has the writer's rights by that, and whether the
-- writer has rights at all.
-- takes: writer text
SELECT quote_ident(current_user) AS role, quote_ident(:writer) AS writer, w.oid IS NOT NULL AS is_there,
       coalesce(has_schema_privilege(w.oid, n.oid, 'USAGE'), false) AS is_granted,
       coalesce(pg_has_role(current_user, w.oid, 'MEMBER'), false) AS is_member,
       coalesce(pg_has_role(current_user, w.oid, 'USAGE'), false) AS has_rights,
       r.rolinherit AS inherits, current_setting('server_version_num')::integer >= 160000 AS is_by_grant
FROM pg_roles AS r
LEFT JOIN pg_roles AS w ON w.rolname = :writer
LEFT JOIN pg_namespace AS n ON n.nspname = 'dcs_mirror'
WHERE r.rolname = current_user
