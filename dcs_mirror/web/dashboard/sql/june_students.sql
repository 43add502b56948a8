-- A4: the courses that would or may block the rollover of an institution, as `dcs-mirror readiness` tells them.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.call, dcs_mirror.course, dcs_mirror.course_students, dcs_mirror.feed_state, dcs.content_item
SELECT k.course_key, k.hei_id, k.course_code, k.name, k.lecturer, v.verdict, s.students, s.sent_at,
       o.call_id AS open_call,
       (SELECT count(*) FROM dcs.content_item AS i
        WHERE i.course_key = k.course_key AND i.removed_at IS NULL
          AND i.content_status IS DISTINCT FROM 'Deleted') AS content_items,
       count(*) OVER () AS total_rows
FROM dcs_mirror.course AS k
LEFT JOIN dcs_mirror.course_students AS s
       ON s.course_key = k.course_key
      AND s.call_id > (SELECT f.last_call_before FROM dcs_mirror.feed_state AS f)
CROSS JOIN LATERAL (
    SELECT max(c.call_id) AS call_id,
           bool_or(coalesce((c.parameters ->> 'NumberOfStudents')::integer, 0) = 0) AS zeroes
    FROM dcs_mirror.call AS c
    WHERE c.hei_id = k.hei_id
      AND c.state IN ('sent', 'unknown')
      AND c.call_id > coalesce(s.call_id, 0)
      AND CASE c.method
          WHEN 'AmendCourse' THEN c.course_id = k.course_id AND c.parameters ? 'NumberOfStudents'
          WHEN 'SubmitCourse'
          THEN c.parameters ->> 'CourseCode' = k.course_code AND k.course_key > c.last_course_key
          END
) AS o
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.students = 0 AND o.call_id IS NULL THEN 'blocks'
                WHEN s.students = 0 OR o.zeroes THEN 'may block'
                ELSE 'unknown' END AS verdict
) AS v
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'course_code' THEN k.course_code
               WHEN 'name' THEN lower(coalesce(k.name, ''))
               WHEN 'lecturer' THEN lower(coalesce(k.lecturer, ''))
               WHEN 'students' THEN lpad(coalesce(s.students, 0)::text, 12, '0')
               ELSE v.verdict
           END AS key
) AS y
WHERE k.hei_id = :hei_id AND (:hei_ids IS NULL OR k.hei_id = ANY (:hei_ids))
  AND k.removed_at IS NULL
  AND coalesce(k.status NOT IN ('Archived', 'Deleted'), true)
  AND (coalesce(s.students = 0, true) OR o.zeroes)
ORDER BY CASE WHEN NOT :is_descending THEN y.key END, CASE WHEN :is_descending THEN y.key END DESC,
         k.course_code, k.course_key
LIMIT :most OFFSET :skip
