-- R9: the statement that counts the rows of a registered column that hold one of the ids ($2) of an institution ($1),
-- and names the first ids ($3). Ids are compared in the column's own type.
-- takes: table_schema text, table_name text, column_name text, kind text, hei_column text
SELECT format(
    'SELECT coalesce(sum(n.rows), 0)::bigint AS rows, coalesce((array_agg(n.id ORDER BY n.id))[1:$3], ''{}'') AS request_ids'
    ' FROM (SELECT w.id, count(*) AS rows FROM unnest($2::bigint[]) AS w (id)'
    ' JOIN %I.%I AS t ON t.%I = w.id%s WHERE %s GROUP BY w.id) AS n',
    :table_schema, :table_name, :column_name,
    CASE WHEN :kind = 'numeric' THEN '::numeric' WHEN :kind IN ('text', 'character varying') THEN '::text' ELSE '' END,
    CASE WHEN :hei_column IS NULL THEN '$1::integer IS NOT NULL' ELSE format('t.%I = $1::integer', :hei_column) END
) AS statement
