-- The sessions of others in the mirror's database.
-- takes: database_name text
SELECT a.pid
FROM pg_stat_activity AS a
WHERE a.datname = :database_name AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
