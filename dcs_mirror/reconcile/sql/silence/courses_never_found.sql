-- W3: listed courses that this full reading did not find, nor the one before it: no race. A course that is
-- listed as Deleted may have no content any more.
-- takes: hei_id integer, is_full boolean, list_is_stale boolean, started_at timestamptz
-- reads: dcs_mirror.course, staged_course
SELECT c.course_code, c.not_found_since
FROM staged_course AS s
JOIN dcs_mirror.course AS c ON c.course_key = s.course_key
WHERE c.hei_id = :hei_id
  AND :is_full AND NOT :list_is_stale
  AND s.content = 'not-found'
  AND c.status IS DISTINCT FROM 'Deleted'
  AND c.not_found_since <> :started_at
ORDER BY c.course_code
