-- Reasons not to send an amendment again to the course that now has :course_id: it is a different course (ids
-- may change with the year), or a later amendment of the course was accepted or may have been.
-- takes: course_id bigint, call_id bigint
-- reads: dcs_mirror.call, dcs_mirror.course
SELECT coalesce(c.course_id = :course_id, false) OR EXISTS (
           SELECT FROM dcs_mirror.course AS k
           WHERE k.hei_id = c.hei_id AND k.course_id = :course_id AND k.course_key = c.course_key
       ) AS is_same,
       (SELECT max(l.call_id)
        FROM dcs_mirror.call AS l
        WHERE l.hei_id = c.hei_id
          AND l.method = 'AmendCourse'
          AND l.call_id > c.call_id
          AND (l.course_id IN (c.course_id, :course_id)
               OR l.parameters ->> 'CourseCode' = c.parameters ->> 'CourseCode')
          AND (l.state IN ('sent', 'unknown', 'answered') OR l.settlement = 'taken')) AS later
FROM dcs_mirror.call AS c
WHERE c.call_id = :call_id
