-- A request id that came more than once counts once: in the course that already holds it, else in the first
-- course. R4: if the id was also looked up, the row that counts remembers that.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, item_match
-- writes: item_match
WITH placed AS (
    SELECT s.position,
           row_number() OVER (
               PARTITION BY s.request_id
               ORDER BY s.asked_id IS NOT NULL, i.course_key IS NOT DISTINCT FROM s.course_key DESC, s.position
           ) AS place,
           count(*) OVER same_id AS count,
           min(s.asked_id) OVER same_id AS asked_id
    FROM item_match AS s
    LEFT JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND i.request_id = s.request_id
    WHERE NOT s.is_dropped
      AND s.request_id IN (SELECT r.request_id FROM item_match AS r WHERE NOT r.is_dropped
                           GROUP BY r.request_id HAVING count(*) > 1)
    WINDOW same_id AS (PARTITION BY s.request_id)
)
UPDATE item_match AS s
SET is_dropped = p.place > 1, asked_id = p.asked_id,
    is_new = s.is_new AND p.place = 1, item_key = CASE WHEN p.place = 1 THEN s.item_key END
FROM placed AS p
WHERE p.position = s.position AND p.count > 1
