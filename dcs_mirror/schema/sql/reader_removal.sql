-- The statements that drop the schema of a restricted reader, in their order; they fail if something else uses it.
-- takes: schema_name text
WITH made (place, statement) AS (
    SELECT 0, format('DROP FUNCTION %s', string_agg(p.oid::regprocedure::text, ', '))
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = :schema_name
    HAVING count(*) > 0
    UNION ALL
    SELECT 1, format('DROP VIEW %s', string_agg(c.oid::regclass::text, ', '))
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema_name AND c.relkind = 'v'
    HAVING count(*) > 0
    UNION ALL
    SELECT 2, format('DROP SCHEMA %I', n.nspname) FROM pg_namespace AS n WHERE n.nspname = :schema_name
)
SELECT m.statement FROM made AS m ORDER BY m.place
