-- Every change of an item, and of its course since the item was seen: a row for each column, with its values before and
-- after. Of the first one, what decides whether a student can open it; what else it was follows from later changes.
-- takes: hei_ids integer[], item_key bigint, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.change, dcs.content_item, dcs_mirror.change
SELECT c.change_id, c.observed_at, c.kind, d.key AS column_name, d.value ->> 0 AS before, d.value ->> 1 AS after,
       count(*) OVER () AS total_rows
FROM (
    SELECT t.change_id, t.hei_id, t.observed_at, t.kind, t.details, '' AS of
    FROM dcs.change AS t
    WHERE t.entity = 'content_item' AND t.key = :item_key
    UNION ALL
    SELECT o.change_id, o.hei_id, o.observed_at, 'course-' || o.kind, o.details, 'course_'
    FROM dcs.content_item AS i
    JOIN dcs_mirror.change AS o ON o.entity = 'course' AND o.key = i.course_key AND o.observed_at >= i.first_seen_at
    WHERE i.item_key = :item_key AND o.kind <> 'added'
) AS c
LEFT JOIN LATERAL (
    SELECT c.of || e.key AS key, e.value
    FROM jsonb_each(c.details) AS e
    WHERE c.kind <> 'added' OR e.key IN ('content_status', 'content_url', 'course_code', 'licence', 'request_id')
) AS d ON true
CROSS JOIN LATERAL (
    SELECT CASE :sort WHEN 'kind' THEN c.kind WHEN 'column_name' THEN coalesce(d.key, '')
                      ELSE lpad(c.change_id::text, 20, '0') END AS key
) AS s
WHERE :hei_ids IS NULL OR c.hei_id = ANY (:hei_ids)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.change_id, d.key
LIMIT :most OFFSET :skip
