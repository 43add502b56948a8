-- Drops the views and functions that show columns of the tables. In the schema of a restricted reader, own_change reads a
-- table itself; all others read views of the schema dcs, and go with it.
DROP SCHEMA IF EXISTS dcs CASCADE;
CREATE SCHEMA dcs;
DO $$
DECLARE
    own record;
BEGIN
    IF to_regclass('dcs_mirror.reader') IS NOT NULL THEN
        FOR own IN SELECT format('%I.own_change', 'dcs_' || r.role) AS view FROM dcs_mirror.reader AS r LOOP
            EXECUTE 'DROP VIEW IF EXISTS ' || own.view;
        END LOOP;
    END IF;
END
$$;
