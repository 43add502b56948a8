-- An amendment of the same course that was taken after a call was sent.
SELECT max(l.call_id)
FROM dcs_mirror.call AS c
JOIN dcs_mirror.call AS l
  ON l.hei_id = c.hei_id AND l.method = c.method AND l.call_id > c.call_id
 AND l.parameters ->> 'CourseCode' = c.parameters ->> 'CourseCode'
WHERE c.call_id = :call_id
  AND c.method = 'AmendCourse'
  AND (l.state = 'answered' OR l.settlement = 'taken')
