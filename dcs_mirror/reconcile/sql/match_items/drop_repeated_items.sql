-- A request id that came more than once counts once: in the course that already holds it, else in the first
-- course. R4: if the id was also looked up, the row that counts remembers the id asked for; of several, one that a
-- stored item has, else one that an item had.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match
-- writes: item_match
WITH placed AS (
    SELECT s.position,
           row_number() OVER (
               PARTITION BY s.request_id
               ORDER BY s.asked_id IS NOT NULL, i.course_key IS NOT DISTINCT FROM s.course_key DESC, s.position
           ) AS place,
           count(*) OVER same_id AS count,
           first_value(s.asked_id) OVER (
               PARTITION BY s.request_id
               ORDER BY s.asked_id IS NULL,
                        EXISTS (SELECT FROM dcs_mirror.content_item AS c
                                WHERE c.hei_id = :hei_id AND c.request_id = s.asked_id) DESC,
                        EXISTS (SELECT FROM dcs_mirror.request_id_history AS h
                                WHERE h.hei_id = :hei_id AND h.old_request_id = s.asked_id) DESC,
                        s.asked_id
           ) AS asked_id
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
