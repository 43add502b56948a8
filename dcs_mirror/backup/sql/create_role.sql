-- The statement that makes a role without a password; no row if the role exists.
-- takes: role_name text, may_log_in boolean
SELECT format('CREATE ROLE %I %s', :role_name, CASE WHEN :may_log_in THEN 'LOGIN' ELSE 'NOLOGIN' END)
WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = :role_name)
