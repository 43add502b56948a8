-- The statements that let a restricted reader use its schema, in their order. A function that runs with the
-- rights of its owner would see everything, so none is left there; the search is made anew afterwards. The details of
-- own_change are not those of the feed.
-- takes: role text, schema_name text
WITH made (place, statement) AS (
    SELECT 0, format('DROP FUNCTION %s', p.oid::regprocedure)
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = :schema_name AND p.prosecdef
    UNION ALL
    SELECT 1, format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', :schema_name)
    UNION ALL
    SELECT 2, format(g.text, :schema_name, :role)
    FROM (VALUES ('GRANT USAGE ON SCHEMA %I TO %I'), ('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I'),
                 ('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO %I')) AS g (text)
    UNION ALL
    SELECT 3, format('REVOKE ALL ON %I.own_change FROM %I', :schema_name, :role)
)
SELECT m.statement FROM made AS m ORDER BY m.place
