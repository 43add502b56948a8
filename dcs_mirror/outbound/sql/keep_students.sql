-- A1: the number of students that a course was given by a call, for the amendments to come. The course is
-- found by either code, because the mirror may have seen a renaming already or not yet.
INSERT INTO dcs_mirror.course_students AS s (course_key, students, call_id, sent_at)
SELECT k.course_key, (c.parameters ->> 'NumberOfStudents')::integer, c.call_id, c.sent_at
FROM dcs_mirror.call AS c
CROSS JOIN LATERAL (
    SELECT k.course_key
    FROM dcs_mirror.course AS k
    WHERE k.hei_id = c.hei_id
      AND k.course_code IN (c.parameters ->> 'NewCourseCode', c.parameters ->> 'CourseCode')
      AND k.removed_at IS NULL
      AND k.status IS DISTINCT FROM 'Deleted'
    ORDER BY k.course_code = c.parameters ->> 'CourseCode' DESC
    LIMIT 1
) AS k
WHERE c.call_id = :call_id
  AND c.parameters ? 'NumberOfStudents'
ON CONFLICT (course_key) DO UPDATE
SET students = excluded.students, call_id = excluded.call_id, sent_at = excluded.sent_at
WHERE s.call_id < excluded.call_id
