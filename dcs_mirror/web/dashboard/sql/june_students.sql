-- A4: the courses that would or may block the rollover of an institution, as `dcs-mirror readiness` tells them.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.call, dcs_mirror.course, dcs_mirror.course_students, dcs_mirror.feed_state, dcs.content_item
SELECT k.course_key, k.hei_id, k.course_code, k.name, k.lecturer, k.verdict, k.students, k.sent_at, k.open_call,
       (SELECT count(*) FROM dcs.content_item AS i
        WHERE i.course_key = k.course_key AND i.removed_at IS NULL
          AND i.content_status IS DISTINCT FROM 'Deleted') AS content_items,
       count(*) OVER () AS total_rows
FROM (
\ir ../../../writes/sql/rollover_obstacles.sql
) AS k
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'course_code' THEN k.course_code
               WHEN 'name' THEN lower(coalesce(k.name, ''))
               WHEN 'lecturer' THEN lower(coalesce(k.lecturer, ''))
               WHEN 'students' THEN lpad(coalesce(k.students, 0)::text, 12, '0')
               ELSE k.verdict
           END AS key
) AS y
WHERE k.hei_id = :hei_id AND (:hei_ids IS NULL OR k.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN y.key END, CASE WHEN :is_descending THEN y.key END DESC,
         k.course_code, k.course_key
LIMIT :most OFFSET :skip
