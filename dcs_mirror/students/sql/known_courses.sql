-- A5: the courses of an institution, one for each code (preferably one that is not deleted), with the number
-- of students last sent and accepted, and the latest call about the code whose outcome is unknown. What was sent
-- before a restore of the database may not have been the last (A1).
-- takes: hei_id integer
-- reads: dcs.institution, dcs_mirror.call, dcs_mirror.course, dcs_mirror.course_students, dcs_mirror.feed_state
WITH restored AS (
    SELECT f.last_call_before FROM dcs_mirror.feed_state AS f
), listed AS (
    SELECT DISTINCT ON (k.course_code) k.course_code, coalesce(k.status, '') AS status, k.duration AS weeks,
           s.students, s.call_id, k.course_id
    FROM dcs_mirror.course AS k
    CROSS JOIN restored AS r
    LEFT JOIN dcs_mirror.course_students AS s ON s.course_key = k.course_key AND s.call_id > r.last_call_before
    WHERE k.hei_id = :hei_id AND k.removed_at IS NULL
    ORDER BY k.course_code, k.status IS NOT DISTINCT FROM 'Deleted', k.course_key DESC
), submitted AS (
    -- Accepted after the mirror last read the institution, so the mirror does not hold the course yet.
    SELECT c.parameters ->> 'CourseCode' AS course_code, max(c.call_id) AS call_id
    FROM dcs_mirror.call AS c
    JOIN restored AS r ON c.call_id > r.last_call_before
    WHERE c.hei_id = :hei_id
      AND c.method = 'SubmitCourse'
      AND (c.state = 'answered' OR c.settlement = 'taken')
      AND c.ended_at > coalesce((SELECT i.last_synced_at FROM dcs.institution AS i WHERE i.hei_id = :hei_id),
                                '-infinity')
      AND NOT EXISTS (SELECT FROM listed AS l
                      WHERE l.course_code = c.parameters ->> 'CourseCode' AND l.status <> 'Deleted')
    GROUP BY c.parameters ->> 'CourseCode'
), unlisted AS (
    SELECT DISTINCT ON (s.course_code) s.course_code, 'Active' AS status,
           (c.parameters ->> 'NumberOfWeeks')::integer AS weeks,
           (c.parameters ->> 'NumberOfStudents')::integer AS students, c.call_id, NULL::bigint AS course_id
    FROM submitted AS s
    JOIN dcs_mirror.call AS c
      ON c.hei_id = :hei_id AND c.parameters ->> 'CourseCode' = s.course_code AND c.call_id >= s.call_id
     AND c.method IN ('SubmitCourse', 'AmendCourse') AND (c.state = 'answered' OR c.settlement = 'taken')
    ORDER BY s.course_code, c.call_id DESC
), course AS (
    SELECT l.* FROM listed AS l WHERE l.course_code NOT IN (SELECT u.course_code FROM unlisted AS u)
    UNION ALL
    SELECT u.* FROM unlisted AS u
), open AS (
    SELECT code.course_code, max(c.call_id) AS call_id
    FROM dcs_mirror.call AS c
    CROSS JOIN LATERAL (
        VALUES (c.parameters ->> 'CourseCode'), (c.parameters ->> 'NewCourseCode')
    ) AS code (course_code)
    WHERE c.hei_id = :hei_id AND c.method IN ('SubmitCourse', 'AmendCourse') AND c.state IN ('sent', 'unknown')
    GROUP BY code.course_code
)
SELECT coalesce(k.course_code, o.course_code) AS course_code, k.status, k.weeks, k.students,
       CASE WHEN o.call_id > coalesce(k.call_id, 0) THEN o.call_id END AS open_call, k.course_id
FROM course AS k
FULL JOIN open AS o ON o.course_code = k.course_code
WHERE coalesce(k.course_code, o.course_code) IS NOT NULL
