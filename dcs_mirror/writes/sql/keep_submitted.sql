-- A1: links calls to courses that the mirror has only read since the call, and stores their numbers of
-- students. An amendment belongs to the course with its course id. A submitted course is the only course with
-- its code that is new since the call; if there are several, none is linked, because codes are reused.
-- takes: hei_id integer
-- reads: dcs_mirror.call, dcs_mirror.course
-- writes: dcs_mirror.call, dcs_mirror.course_students
WITH waiting AS (
    SELECT c.call_id, c.hei_id, c.course_id, c.parameters ->> 'CourseCode' AS course_code, c.last_course_key
    FROM dcs_mirror.call AS c
    WHERE (:hei_id IS NULL OR c.hei_id = :hei_id)
      AND c.course_key IS NULL
      AND c.method IN ('SubmitCourse', 'AmendCourse')
      AND (c.state = 'answered' OR c.settlement = 'taken')
), found AS (
    SELECT w.call_id, k.course_key
    FROM waiting AS w
    JOIN dcs_mirror.course AS k ON k.hei_id = w.hei_id AND k.course_id = w.course_id
    UNION ALL
    SELECT w.call_id, max(k.course_key)
    FROM waiting AS w
    JOIN dcs_mirror.course AS k
      ON k.hei_id = w.hei_id AND k.course_code = w.course_code AND k.course_key > w.last_course_key
    WHERE w.course_id IS NULL
    GROUP BY w.call_id
    HAVING count(*) = 1
), placed AS (
    UPDATE dcs_mirror.call AS c
    SET course_key = f.course_key
    FROM found AS f
    WHERE c.call_id = f.call_id
    RETURNING c.course_key, c.method, c.parameters, c.call_id, c.sent_at
)
INSERT INTO dcs_mirror.course_students AS s (course_key, students, call_id, sent_at)
SELECT DISTINCT ON (p.course_key) p.course_key, coalesce((p.parameters ->> 'NumberOfStudents')::integer, 0),
       p.call_id, p.sent_at
FROM placed AS p
WHERE p.method = 'SubmitCourse' OR p.parameters ? 'NumberOfStudents'
ORDER BY p.course_key, p.call_id DESC
ON CONFLICT (course_key) DO UPDATE
SET students = excluded.students, call_id = excluded.call_id, sent_at = excluded.sent_at
WHERE s.call_id < excluded.call_id
