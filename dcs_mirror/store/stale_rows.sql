-- R9: the statement that counts, for each institution, the rows of one registered column whose id is out of
-- date: an id of the history that no item of the institution has now. Ids are compared in the column's own type.
-- Without a filter, rows with an id that another institution has, or once had, too count as shared.
-- The few rows that are left of the join are looked up one by one: items are wide.
-- takes: target_id bigint
-- reads: dcs_mirror.target
SELECT format(
    'SELECT h.hei_id, count(*) AS rows, count(*) FILTER (WHERE %6$s) AS shared'
    ' FROM %1$I.%2$I AS t JOIN dcs_mirror.request_id_history AS h ON t.%3$I = h.old_request_id%4$s%5$s'
    ' WHERE ($1::integer[] IS NULL OR h.hei_id = ANY ($1))'
    ' AND (SELECT true FROM dcs_mirror.content_item AS c'
    ' WHERE c.request_id = h.old_request_id AND c.hei_id = h.hei_id) IS NULL'
    ' GROUP BY h.hei_id ORDER BY h.hei_id',
    g.table_schema, g.table_name, g.column_name,
    CASE b.base WHEN 'numeric' THEN '::numeric' WHEN 'text' THEN '::text' WHEN 'character varying' THEN '::text'
                ELSE '' END,
    CASE WHEN g.hei_id IS NOT NULL THEN format(' AND h.hei_id = %s', g.hei_id)
         WHEN g.hei_column IS NOT NULL THEN format(' AND t.%I = h.hei_id', g.hei_column)
         ELSE '' END,
    CASE WHEN g.hei_id IS NULL AND g.hei_column IS NULL THEN
        'EXISTS (SELECT FROM dcs_mirror.content_item AS o'
        ' WHERE o.request_id = h.old_request_id AND o.hei_id <> h.hei_id)'
        ' OR EXISTS (SELECT FROM dcs_mirror.request_id_history AS o'
        ' WHERE o.old_request_id = h.old_request_id AND o.hei_id <> h.hei_id)'
    ELSE 'false' END
) AS statement
FROM dcs_mirror.target AS g
LEFT JOIN pg_attribute AS a
       ON a.attrelid = to_regclass(format('%I.%I', g.table_schema, g.table_name))
      AND a.attname = g.column_name AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
CROSS JOIN LATERAL (
    SELECT format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS base
) AS b
WHERE g.target_id = :target_id
