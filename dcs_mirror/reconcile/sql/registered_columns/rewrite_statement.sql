-- R9: the statement that rewrites one registered column, with its names quoted. Ids are compared in the
-- column's own type, so that an index on it is used. Only rows whose id is out of date are touched.
-- takes: hei_id integer, target_id bigint
-- reads: dcs_mirror.target
SELECT format(
    'UPDATE %1$I.%2$I AS t SET %3$I = r.request_id::%4$s FROM rewritten_id AS r WHERE t.%3$I = r.old_request_id%5$s%6$s',
    g.table_schema, g.table_name, g.column_name, k.kind,
    CASE WHEN k.kind IN ('numeric', 'text') THEN '::' || k.kind ELSE '' END,
    CASE WHEN g.hei_column IS NULL THEN '' ELSE format(' AND t.%I = %s', g.hei_column, :hei_id) END
) AS statement
FROM dcs_mirror.target AS g
LEFT JOIN pg_attribute AS a
       ON a.attrelid = to_regclass(format('%I.%I', g.table_schema, g.table_name))
      AND a.attname = g.column_name AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
CROSS JOIN LATERAL (
    SELECT format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS base
) AS b
CROSS JOIN LATERAL (
    SELECT CASE WHEN b.base = 'character varying' THEN 'text' ELSE coalesce(b.base, 'bigint') END AS kind
) AS k
WHERE g.target_id = :target_id
