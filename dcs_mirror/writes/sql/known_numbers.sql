-- A1: the number of students last sent for a course that the DCS lists, unless it is older than a restore;
-- whether the mirror holds that course; the latest amendment of its code without an answer, except the one that
-- is being sent again; and when the database was restored, if it was.
-- takes: hei_id integer, course_id bigint, instead_of bigint, course_code text
-- reads: dcs_mirror.call, dcs_mirror.course, dcs_mirror.course_students, dcs_mirror.feed_state
SELECT EXISTS (SELECT FROM dcs_mirror.course AS k
               WHERE k.hei_id = :hei_id AND k.course_id = :course_id) AS mirrored,
       (SELECT s.students
        FROM dcs_mirror.course AS k
        JOIN dcs_mirror.course_students AS s ON s.course_key = k.course_key
        WHERE k.hei_id = :hei_id AND k.course_id = :course_id
          AND s.call_id > (SELECT f.last_call_before FROM dcs_mirror.feed_state AS f)) AS students,
       (SELECT max(c.call_id) FROM dcs_mirror.call AS c
        WHERE c.hei_id = :hei_id AND c.method = 'AmendCourse' AND c.state IN ('sent', 'unknown')
          AND c.call_id IS DISTINCT FROM :instead_of
          AND :course_code IN (c.parameters ->> 'CourseCode', c.parameters ->> 'NewCourseCode')) AS open_call,
       (SELECT f.began_at FROM dcs_mirror.feed_state AS f) AS restored_at
