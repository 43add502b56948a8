-- R9: the registered columns, or one of them, or those that may hold ids of an institution; each with the type that
-- its ids are compared in. It is null if there is no such column.
-- takes: target_id bigint, hei_id integer
-- reads: dcs_mirror.target
SELECT g.target_id, g.table_schema, g.table_name, g.column_name, g.hei_id, g.hei_column, g.seen_code,
       format('%I.%I.%I', g.table_schema, g.table_name, g.column_name) AS name,
       format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS kind
FROM dcs_mirror.target AS g
-- Not by to_regclass, which raises an error if this role may not enter the schema.
LEFT JOIN pg_namespace AS n ON n.nspname = g.table_schema
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = g.table_name
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = g.column_name AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
WHERE (:target_id IS NULL OR g.target_id = :target_id)
  AND (:hei_id IS NULL OR g.hei_id IS NULL OR g.hei_id = :hei_id)
ORDER BY g.target_id
