-- A6: the course, not deleted, that has the code of a SubmitCourse without an answer; whether the mirror
-- first saw it after the call was sent; and another call that created it, if any.
-- takes: call_id bigint
-- reads: dcs_mirror.call, dcs_mirror.course
SELECT k.course_key > c.last_course_key AS is_new, k.name,
       (SELECT max(o.call_id)
        FROM dcs_mirror.call AS o
        WHERE o.hei_id = c.hei_id
          AND o.call_id <> c.call_id
          AND (o.state = 'answered' OR o.settlement = 'taken')
          AND CASE o.method
              WHEN 'SubmitCourse'
              THEN o.parameters ->> 'CourseCode' = k.course_code AND k.course_key > o.last_course_key
              ELSE o.parameters ->> 'NewCourseCode' = k.course_code AND k.course_id = o.course_id
              END) AS made_by
FROM dcs_mirror.call AS c
JOIN dcs_mirror.course AS k
  ON k.hei_id = c.hei_id AND k.course_code = c.parameters ->> 'CourseCode'
WHERE c.call_id = :call_id
  AND k.removed_at IS NULL
  AND k.status IS DISTINCT FROM 'Deleted'
ORDER BY k.course_id DESC
LIMIT 1
