-- A1: the number of students of courses that were submitted from here, once the mirror has read the course.
-- The DCS gives a new course 0 students where the call brought none.
INSERT INTO dcs_mirror.course_students (course_key, students, call_id, sent_at)
SELECT DISTINCT ON (k.course_key) k.course_key, coalesce((c.parameters ->> 'NumberOfStudents')::integer, 0),
       c.call_id, c.sent_at
FROM dcs_mirror.call AS m
JOIN dcs_mirror.course AS k
  ON k.hei_id = m.hei_id AND k.course_code = m.parameters ->> 'CourseCode' AND k.course_key > m.last_course_key
JOIN dcs_mirror.call AS c
  ON c.hei_id = m.hei_id AND c.parameters ->> 'CourseCode' = k.course_code AND c.call_id >= m.call_id
WHERE (:hei_id IS NULL OR m.hei_id = :hei_id)
  AND m.method = 'SubmitCourse'
  AND (m.state = 'answered' OR m.settlement = 'taken')
  AND (c.method = 'SubmitCourse' OR c.method = 'AmendCourse' AND c.parameters ? 'NumberOfStudents')
  AND (c.state = 'answered' OR c.settlement = 'taken')
  AND k.removed_at IS NULL
  AND k.status IS DISTINCT FROM 'Deleted'
  AND NOT EXISTS (SELECT FROM dcs_mirror.course_students AS s WHERE s.course_key = k.course_key)
ORDER BY k.course_key, c.call_id DESC
ON CONFLICT (course_key) DO NOTHING
