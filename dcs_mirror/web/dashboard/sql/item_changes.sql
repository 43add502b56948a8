-- Every change of an item: a row for each column, with its values before and after.
-- takes: hei_ids integer[], item_key bigint, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.change
SELECT c.change_id, c.observed_at, c.kind, d.key AS column_name, d.value ->> 0 AS before, d.value ->> 1 AS after,
       count(*) OVER () AS total_rows
FROM dcs.change AS c
-- What an item was at first follows from what it is and what was changed.
LEFT JOIN LATERAL jsonb_each(CASE WHEN c.kind = 'added' THEN '{}' ELSE c.details END) AS d (key, value) ON true
CROSS JOIN LATERAL (
    SELECT CASE :sort WHEN 'kind' THEN c.kind WHEN 'column_name' THEN coalesce(d.key, '')
                      ELSE lpad(c.change_id::text, 20, '0') END AS key
) AS s
WHERE c.entity = 'content_item' AND c.key = :item_key AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.change_id, d.key
LIMIT :most OFFSET :skip
