-- Find the course of every incoming item: a listed course or, for an item that was looked up by its id, also
-- a stored one. If nothing is stored yet, all items are new; they get their keys here, because assigning keys
-- later would rewrite every row. A GUID of zeros stands for no content, so it is no GUID here (R1).
-- takes: hei_id integer, is_full boolean
-- reads: dcs_mirror.content_item, dcs_mirror.course, staged_course, staged_item
-- writes: item_match
INSERT INTO item_match (
    position, request_id, previous_year_id, content_guid, asked_id, fetched_at, reading_order, course_key, course_code,
    is_listed, is_dropped, is_new, item_key
)
SELECT p.position, p.request_id, p.previous_year_id, p.content_guid, p.asked_id,
       p.fetched_at, p.reading_order, p.course_key, p.course_code, p.is_listed, p.is_dropped,
       p.is_new, CASE WHEN p.is_new THEN nextval(
           (SELECT pg_get_serial_sequence('dcs_mirror.content_item', 'item_key')::regclass)
       ) END
FROM (
    SELECT s.position, s.request_id, s.previous_year_id, s.asked_id,
           CASE WHEN translate(s.content_guid, '0-{} ', '') <> '' THEN lower(s.content_guid) END AS content_guid,
           coalesce(s.fetched_at, l.fetched_at) AS fetched_at,
           coalesce(s.reading_order, l.reading_order) AS reading_order,
           coalesce(l.course_key, c.course_key) AS course_key,
           coalesce(l.course_code, c.course_code) AS course_code,
           coalesce(:is_full AND s.asked_id IS NULL AND l.content = 'whole', false) AS is_listed,
           d.is_dropped,
           NOT d.is_dropped
           AND NOT EXISTS (SELECT FROM dcs_mirror.content_item WHERE hei_id = :hei_id) AS is_new
    FROM staged_item AS s
    LEFT JOIN staged_course AS l ON l.course_id = s.course_id
    LEFT JOIN dcs_mirror.course AS c
      ON s.asked_id IS NOT NULL AND c.hei_id = :hei_id AND c.course_id = s.course_id
    CROSS JOIN LATERAL (
        SELECT s.asked_id IS NULL AND coalesce(l.content NOT IN ('whole', 'partial'), true) AS is_dropped
    ) AS d
) AS p
