-- R9: the statement that rewrites one registered column, and the one that counts what it left out of date, with
-- their names quoted. Ids are compared in the column's own type, so that an index on it is used. Only rows whose
-- id is out of date are touched; without a filter, only those whose id is one institution's alone. An id that an
-- item has now is not out of date, even if another item had it before.
-- takes: hei_id integer, target_id bigint
-- reads: dcs_mirror.target
SELECT format(
    'UPDATE %1$I.%2$I AS t SET %3$I = r.request_id::%4$s FROM rewritten_id AS r WHERE t.%3$I = r.old_request_id%5$s%6$s%7$s',
    g.table_schema, g.table_name, g.column_name, k.kind, k.cast_, f.by_column, f.not_shared
) AS rewriting,
format(
    'SELECT count(*) AS rows, count(*) FILTER (WHERE %6$s) AS shared'
    ' FROM %1$I.%2$I AS t JOIN rewritten_id AS r ON t.%3$I = r.old_request_id%4$s%5$s'
    ' WHERE (SELECT true FROM dcs_mirror.content_item AS c'
    ' WHERE c.request_id = r.old_request_id AND c.hei_id = %7$s) IS NULL',
    g.table_schema, g.table_name, g.column_name, k.cast_, f.by_column, f.shared, :hei_id
) AS counting,
g.table_schema, g.table_name, g.column_name, g.hei_id, g.hei_column, g.seen_code
FROM dcs_mirror.target AS g
-- Not by to_regclass, which raises an error if this role may not enter the schema.
LEFT JOIN pg_namespace AS n ON n.nspname = g.table_schema
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = g.table_name
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = g.column_name AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
CROSS JOIN LATERAL (
    SELECT format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS base
) AS b
CROSS JOIN LATERAL (
    SELECT CASE WHEN b.base = 'character varying' THEN 'text' ELSE coalesce(b.base, 'bigint') END AS kind
) AS d
CROSS JOIN LATERAL (
    SELECT d.kind, CASE WHEN d.kind IN ('numeric', 'text') THEN '::' || d.kind ELSE '' END AS cast_
) AS k
CROSS JOIN LATERAL (
    SELECT CASE WHEN g.hei_column IS NULL THEN '' ELSE format(' AND t.%I = %s', g.hei_column, :hei_id) END AS by_column,
           CASE WHEN g.hei_id IS NULL AND g.hei_column IS NULL THEN ' AND NOT r.is_shared' ELSE '' END AS not_shared,
           CASE WHEN g.hei_id IS NULL AND g.hei_column IS NULL THEN 'r.is_shared' ELSE 'false' END AS shared
) AS f
WHERE g.target_id = :target_id
