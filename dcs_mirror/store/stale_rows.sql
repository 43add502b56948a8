-- R9: the statement that counts, for each institution, the rows of one registered column whose id is out of
-- date: an id of the history that no item of the institution has now, or only a removed one while the history leads
-- to a live one (R2). Ids are compared in the column's own type.
-- Without a filter, rows with an id that another institution has, or once had, too count as shared.
-- Its parts are materialized, so that each works on what the one before left: ids of this year are higher than
-- the institution's newest id of earlier years, and hardly a row remains. Texts are compared as numbers are: by
-- length, then by digits.
-- takes: table_schema text, table_name text, column_name text, kind text, hei_id integer, hei_column text,
--   is_unfiltered boolean
SELECT format(
    'WITH newest AS MATERIALIZED (%8$s),'
    ' suspect AS MATERIALIZED (SELECT t.%3$I AS id, %5$s AS hei_id FROM %1$I.%2$I AS t JOIN newest AS m ON %6$s AND %7$s),'
    ' found AS MATERIALIZED (SELECT h.hei_id, h.old_request_id, h.item_key'
    ' FROM suspect AS t JOIN dcs_mirror.request_id_history AS h ON t.id = h.old_request_id%4$s AND %9$s)'
    ' SELECT h.hei_id, count(*) AS rows, count(*) FILTER (WHERE %10$s) AS shared'
    ' FROM found AS h'
    ' WHERE CASE (SELECT c.removed_at IS NULL FROM dcs_mirror.content_item AS c'
    ' WHERE c.request_id = h.old_request_id AND c.hei_id = h.hei_id) WHEN true THEN false WHEN false THEN'
    ' (SELECT i.removed_at IS NULL FROM dcs_mirror.content_item AS i WHERE i.item_key = h.item_key) ELSE true END'
    ' GROUP BY h.hei_id ORDER BY h.hei_id',
    :table_schema, :table_name, :column_name,
    -- 4: the cast of an id, 5 and 6: the row's institution, 7: not above the newest id
    k.cast_,
    CASE WHEN :hei_column IS NULL THEN 'm.hei_id' ELSE format('t.%I', :hei_column) END,
    CASE WHEN :hei_column IS NULL THEN 'true' ELSE format('t.%I = m.hei_id', :hei_column) END,
    format(
        CASE WHEN k.cast_ = '::text' THEN
            '(length(t.%1$I), t.%1$I COLLATE "C") <= (length(m.id::text), m.id::text COLLATE "C")'
        ELSE 't.%1$I <= m.id%2$s' END,
        :column_name, k.cast_
    ),
    -- 8: the newest ids of earlier years; 9: whose id it is; 10: whether others have, or had, it too
    CASE WHEN :is_unfiltered THEN 'SELECT NULL::integer AS hei_id, max(old_request_id) AS id FROM dcs_mirror.request_id_history'
    ELSE 'SELECT hei_id, max(old_request_id) AS id FROM dcs_mirror.request_id_history'
        ' WHERE ($1::integer[] IS NULL OR hei_id = ANY ($1))'
        || CASE WHEN :hei_id IS NULL THEN '' ELSE format(' AND hei_id = %s', :hei_id) END
        || ' GROUP BY hei_id' END,
    CASE WHEN :is_unfiltered THEN '($1::integer[] IS NULL OR h.hei_id = ANY ($1))' ELSE 't.hei_id = h.hei_id' END,
    CASE WHEN :is_unfiltered THEN
        'EXISTS (SELECT FROM dcs_mirror.content_item AS o'
        ' WHERE o.request_id = h.old_request_id AND o.hei_id <> h.hei_id)'
        ' OR EXISTS (SELECT FROM dcs_mirror.request_id_history AS o'
        ' WHERE o.old_request_id = h.old_request_id AND o.hei_id <> h.hei_id)'
    ELSE 'false' END
) AS statement
FROM (
    SELECT CASE WHEN :kind = 'numeric' THEN '::numeric' WHEN :kind IN ('text', 'character varying') THEN '::text'
                ELSE '' END AS cast_
) AS k
