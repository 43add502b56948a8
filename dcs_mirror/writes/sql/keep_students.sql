-- A1: stores the number of students that a call sent for its course, for later amendments. Without a number,
-- the DCS gives a new course 0 students.
-- takes: call_id bigint
-- reads: dcs_mirror.call, dcs_mirror.course
-- writes: dcs_mirror.course_students
INSERT INTO dcs_mirror.course_students AS s (course_key, students, call_id, sent_at)
SELECT k.course_key, coalesce((c.parameters ->> 'NumberOfStudents')::integer, 0), c.call_id, c.sent_at
FROM dcs_mirror.call AS c
JOIN dcs_mirror.course AS k ON k.course_key = c.course_key
WHERE c.call_id = :call_id
  AND (c.method = 'SubmitCourse' OR c.parameters ? 'NumberOfStudents')
ON CONFLICT (course_key) DO UPDATE
SET students = excluded.students, call_id = excluded.call_id, sent_at = excluded.sent_at
WHERE s.call_id < excluded.call_id
