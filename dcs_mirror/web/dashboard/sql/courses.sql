-- The courses of an institution, with how many items each holds.
-- takes: hei_ids integer[], hei_id integer, only_listed boolean, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.course, dcs.content_item
SELECT c.course_key, c.hei_id, c.course_code, c.name, c.lecturer, c.academic_year,
       CASE WHEN c.removed_at IS NULL THEN c.status ELSE 'No longer listed' END AS status, n.items,
       count(*) OVER () AS total_rows
FROM dcs.course AS c
LEFT JOIN (
    SELECT i.course_key, count(*) AS items
    FROM dcs.content_item AS i
    WHERE i.hei_id = :hei_id AND i.removed_at IS NULL
    GROUP BY i.course_key
) AS n ON n.course_key = c.course_key
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'name' THEN lower(coalesce(c.name, ''))
               WHEN 'lecturer' THEN lower(coalesce(c.lecturer, ''))
               WHEN 'academic_year' THEN coalesce(c.academic_year, '')
               WHEN 'status' THEN coalesce(c.status, '')
               WHEN 'items' THEN lpad(coalesce(n.items, 0)::text, 12, '0')
               ELSE c.course_code
           END AS key
) AS s
WHERE c.hei_id = :hei_id AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
  AND (NOT :only_listed OR c.removed_at IS NULL)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.course_key
LIMIT :most OFFSET :skip
