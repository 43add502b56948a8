-- An id that came more than once counts once: in the course that holds it already, else where it came first.
WITH placed AS (
    SELECT s.position,
           row_number() OVER (
               PARTITION BY s.request_id
               ORDER BY i.course_key IS NOT DISTINCT FROM s.course_key DESC, s.position
           ) AS place
    FROM item_match AS s
    LEFT JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND i.request_id = s.request_id
    WHERE NOT s.is_dropped
)
UPDATE item_match AS s
SET is_dropped = true
FROM placed AS p
WHERE p.position = s.position AND p.place > 1
