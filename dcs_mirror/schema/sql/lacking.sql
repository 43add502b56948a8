-- Which of the rights that the last migration granted to one of its roles another role lacks, also those on single
-- columns. None if the migration could not grant them yet.
-- takes: purpose text, role text
-- reads: dcs_mirror.applied
WITH granted AS (
    SELECT p.part, split_part(p.part, ' on ', 2) AS name, split_part(w.what, ' (', 1) AS privilege,
           nullif(rtrim(split_part(w.what, ' (', 2), ')'), '') AS column_name
    FROM dcs_mirror.applied AS a
    CROSS JOIN jsonb_object_keys(a.parts) AS p (part)
    CROSS JOIN LATERAL (SELECT split_part(p.part, ' on ', 1)) AS w (what)
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
        SELECT CASE WHEN g.column_name IS NOT NULL THEN has_column_privilege(:role, c.oid, a.attnum, g.privilege)
                    WHEN c.relkind = 'S' THEN has_sequence_privilege(:role, c.oid, g.privilege)
                    ELSE has_table_privilege(:role, c.oid, g.privilege) END
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND quote_ident(a.attname) = g.column_name
        WHERE format('%I.%I', n.nspname, c.relname) = g.name), false) END
