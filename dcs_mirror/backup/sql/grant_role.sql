-- The statement that makes a role a member of another one; no row if there is no such role.
-- takes: role_name text, member_of text
SELECT format('GRANT %I TO %I', r.rolname, :role_name)
FROM pg_roles AS r
WHERE r.rolname = :member_of
