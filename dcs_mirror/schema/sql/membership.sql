-- Whether the connected role is a member of another one, whether it has the rights of that by it, and whether the other
-- has rights in the mirror at all.
-- takes: group text
SELECT quote_ident(current_user) AS role, quote_ident(:group) AS name, w.oid IS NOT NULL AS is_there,
       coalesce(has_schema_privilege(w.oid, n.oid, 'USAGE'), false) AS is_granted,
       coalesce(pg_has_role(current_user, w.oid, 'MEMBER'), false) AS is_member,
       coalesce(pg_has_role(current_user, w.oid, 'USAGE'), false) AS has_rights,
       r.rolinherit AS inherits, current_setting('server_version_num')::integer >= 160000 AS is_by_grant
FROM pg_roles AS r
LEFT JOIN pg_roles AS w ON w.rolname = :group
LEFT JOIN pg_namespace AS n ON n.nspname = 'dcs_mirror'
WHERE r.rolname = current_user
