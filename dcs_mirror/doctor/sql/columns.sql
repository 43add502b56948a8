-- R9: the registered columns as the connected role sees them, and the error of their last rewriting.
-- reads: dcs_mirror.target, dcs_mirror.target_report
SELECT format('%I.%I.%I', g.table_schema, g.table_name, g.column_name) AS name,
       a.attname IS NOT NULL AND (g.hei_column IS NULL OR h.attname IS NOT NULL) AS is_there,
       (SELECT string_agg(format('institution %s: %s', r.hei_id, r.error), '; ' ORDER BY r.hei_id)
        FROM dcs_mirror.target_report AS r
        WHERE r.target_id = g.target_id AND r.error IS NOT NULL) AS error,
       g.table_schema, g.table_name, g.column_name, g.hei_id, g.hei_column, g.seen_code
FROM dcs_mirror.target AS g
LEFT JOIN pg_namespace AS n ON n.nspname = g.table_schema
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = g.table_name
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = g.column_name AND NOT a.attisdropped
LEFT JOIN pg_attribute AS h ON h.attrelid = c.oid AND h.attname = g.hei_column AND NOT h.attisdropped
ORDER BY g.target_id
