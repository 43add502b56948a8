-- A1: the number of students that a course was given by a call, for the amendments to come: an amended course
-- is the one of that id, whatever its code is by now; a submitted one is new to the mirror since. The DCS
-- gives a new course 0 students where the call brought none.
INSERT INTO dcs_mirror.course_students AS s (course_key, students, call_id, sent_at)
SELECT k.course_key, coalesce((c.parameters ->> 'NumberOfStudents')::integer, 0), c.call_id, c.sent_at
FROM dcs_mirror.call AS c
CROSS JOIN LATERAL (
    SELECT k.course_key
    FROM dcs_mirror.course AS k
    WHERE k.hei_id = c.hei_id
      AND CASE c.method
          WHEN 'AmendCourse' THEN k.course_id = c.course_id
          ELSE k.course_code = c.parameters ->> 'CourseCode' AND k.course_key > c.last_course_key
          END
      AND k.removed_at IS NULL
      AND k.status IS DISTINCT FROM 'Deleted'
    ORDER BY k.course_key DESC
    LIMIT 1
) AS k
WHERE c.call_id = :call_id
  AND (c.method = 'SubmitCourse' OR c.method = 'AmendCourse' AND c.parameters ? 'NumberOfStudents')
ON CONFLICT (course_key) DO UPDATE
SET students = excluded.students, call_id = excluded.call_id, sent_at = excluded.sent_at
WHERE s.call_id < excluded.call_id
