-- Which of the rights that the last migration granted to one of its roles another role lacks. None if the migration
-- could not grant them yet.
-- takes: purpose text, role text
-- reads: dcs_mirror.applied
WITH granted AS (
    SELECT p.part, split_part(p.part, ' on ', 1) AS privilege, split_part(p.part, ' on ', 2) AS name
    FROM dcs_mirror.applied AS a
    CROSS JOIN jsonb_object_keys(a.parts) AS p (part)
    WHERE a.unit = :purpose
)
SELECT coalesce(array_agg(g.part ORDER BY g.part), '{}') AS lacking
FROM granted AS g
WHERE NOT CASE
    WHEN g.name NOT LIKE '%.%' THEN has_schema_privilege(:role, g.name, g.privilege)
    WHEN g.privilege = 'EXECUTE' THEN coalesce((
        SELECT bool_and(has_function_privilege(:role, p.oid, 'EXECUTE'))
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE format('%I.%I', n.nspname, p.proname) = g.name), false)
    ELSE coalesce((
        SELECT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(:role, c.oid, g.privilege)
                              ELSE has_table_privilege(:role, c.oid, g.privilege) END
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE format('%I.%I', n.nspname, c.relname) = g.name), false) END
