-- R9: the statement that rewrites one registered column, and the one that counts what it left out of date, with
-- their names quoted. Ids are compared in the column's own type, so that an index on it is used. Only rows whose
-- id is out of date are touched; without a filter, only those whose id is one institution's alone. An id that a live
-- item has now is not out of date, even if another item had it before.
-- takes: table_schema text, table_name text, column_name text, kind text, hei_column text, is_unfiltered boolean,
--   hei_id integer
SELECT format(
    'UPDATE %1$I.%2$I AS t SET %3$I = r.request_id::%4$s FROM rewritten_id AS r WHERE t.%3$I = r.old_request_id%5$s%6$s%7$s',
    :table_schema, :table_name, :column_name, k.kind, k.cast_, f.by_column, f.not_shared
) AS rewriting,
format(
    'SELECT count(*) AS rows, count(*) FILTER (WHERE %6$s) AS shared'
    ' FROM %1$I.%2$I AS t JOIN rewritten_id AS r ON t.%3$I = r.old_request_id%4$s%5$s'
    ' WHERE (SELECT c.removed_at IS NULL FROM dcs_mirror.content_item AS c'
    ' WHERE c.request_id = r.old_request_id AND c.hei_id = %7$s) IS NOT TRUE',
    :table_schema, :table_name, :column_name, k.cast_, f.by_column, f.shared, :hei_id
) AS counting
FROM (
    SELECT CASE WHEN :kind = 'character varying' THEN 'text' ELSE coalesce(:kind, 'bigint') END AS kind,
           CASE WHEN :kind = 'numeric' THEN '::numeric' WHEN :kind IN ('text', 'character varying') THEN '::text'
                ELSE '' END AS cast_
) AS k
CROSS JOIN LATERAL (
    SELECT CASE WHEN :hei_column IS NULL THEN '' ELSE format(' AND t.%I = %s', :hei_column, :hei_id) END AS by_column,
           CASE WHEN :is_unfiltered THEN ' AND NOT r.is_shared' ELSE '' END AS not_shared,
           CASE WHEN :is_unfiltered THEN 'r.is_shared' ELSE 'false' END AS shared
) AS f
