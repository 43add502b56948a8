-- A4: courses that cannot roll over because they have 0 students, courses to which a call without an answer
-- may have given 0 students, and courses whose number the mirror does not know. A number that is older than a
-- restore of the database is not known (A1).
-- reads: dcs_mirror.call, dcs_mirror.course, dcs_mirror.course_students, dcs_mirror.feed_state
SELECT k.course_key, k.hei_id, k.course_code, k.name, k.lecturer, k.status,
       CASE WHEN s.students = 0 AND o.call_id IS NULL THEN 'blocks'
            WHEN s.students = 0 OR o.zeroes THEN 'may block'
            ELSE 'unknown' END AS verdict,
       s.students, s.sent_at, o.call_id AS open_call
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
WHERE k.removed_at IS NULL
  AND coalesce(k.status NOT IN ('Archived', 'Deleted'), true)
  AND (coalesce(s.students = 0, true) OR o.zeroes)
