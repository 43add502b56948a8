-- A1: what is known of the numbers of the live course that has a code, and an amendment of it that is open.
SELECT k.duration AS weeks, s.students,
       (SELECT max(c.call_id) FROM dcs_mirror.call AS c
        WHERE c.hei_id = :hei_id AND c.method = 'AmendCourse' AND c.state IN ('sent', 'unknown')
          AND :course_code IN (c.parameters ->> 'CourseCode', c.parameters ->> 'NewCourseCode')) AS open_call
FROM dcs_mirror.course AS k
LEFT JOIN dcs_mirror.course_students AS s ON s.course_key = k.course_key
WHERE k.hei_id = :hei_id
  AND k.course_code = :course_code
  AND k.removed_at IS NULL
  AND k.status IS DISTINCT FROM 'Deleted'
