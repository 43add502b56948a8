-- R9: for every registered column that may hold ids of an institution ($1), the statement that counts its rows with
-- one of the ids ($2) and names the first ids ($3). Ids are compared in the column's own type.
-- takes: hei_id integer
-- reads: dcs_mirror.target
SELECT g.table_schema, g.table_name, g.column_name, g.hei_id, g.hei_column, g.seen_code, format(
    'SELECT coalesce(sum(n.rows), 0)::bigint AS rows, coalesce((array_agg(n.id ORDER BY n.id))[1:$3], ''{}'') AS request_ids'
    ' FROM (SELECT w.id, count(*) AS rows FROM unnest($2::bigint[]) AS w (id)'
    ' JOIN %I.%I AS t ON t.%I = w.id%s WHERE %s GROUP BY w.id) AS n',
    g.table_schema, g.table_name, g.column_name,
    CASE format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL)
        WHEN 'numeric' THEN '::numeric' WHEN 'text' THEN '::text' WHEN 'character varying' THEN '::text' ELSE '' END,
    CASE WHEN g.hei_column IS NULL THEN '$1::integer IS NOT NULL' ELSE format('t.%I = $1::integer', g.hei_column) END
) AS statement
FROM dcs_mirror.target AS g
LEFT JOIN pg_attribute AS a
       ON a.attrelid = to_regclass(format('%I.%I', g.table_schema, g.table_name))
      AND a.attname = g.column_name AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
WHERE g.hei_id IS NULL OR g.hei_id = :hei_id
ORDER BY g.target_id
