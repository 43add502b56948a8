-- The course of every incoming item: the listed one, for an item looked up by its id also a stored one.
INSERT INTO item_match (
    position, request_id, previous_year_id, content_guid, asked_id, fetched_at, reading_order, course_key, course_code, is_dropped
)
SELECT s.position, s.request_id, s.previous_year_id, lower(s.content_guid), s.asked_id,
       coalesce(s.fetched_at, l.fetched_at), coalesce(s.reading_order, l.reading_order),
       coalesce(l.course_key, c.course_key), coalesce(l.course_code, c.course_code),
       s.asked_id IS NULL AND coalesce(l.content NOT IN ('whole', 'partial'), true)
FROM staged_item AS s
LEFT JOIN staged_course AS l ON l.course_id = s.course_id
LEFT JOIN dcs_mirror.course AS c
  ON s.asked_id IS NOT NULL AND c.hei_id = :hei_id AND c.course_id = s.course_id
