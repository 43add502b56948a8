-- R4: an item that was looked up by an id is the stored item that has, or once had, that id.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match
-- writes: item_match
WITH claim AS (
    SELECT m.position, i.item_key, i.request_id,
           row_number() OVER (PARTITION BY i.item_key ORDER BY m.position) AS place
    FROM item_match AS m
    JOIN dcs_mirror.content_item AS i
      ON i.hei_id = :hei_id
     AND i.item_key = coalesce(
             (SELECT c.item_key FROM dcs_mirror.content_item AS c
              WHERE c.hei_id = :hei_id AND c.request_id = m.asked_id),
             (SELECT h.item_key FROM dcs_mirror.request_id_history AS h
              WHERE h.hei_id = :hei_id AND h.old_request_id = m.asked_id))
    WHERE m.asked_id IS NOT NULL
      AND m.item_key IS NULL
      AND NOT m.is_dropped
      AND NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
)
UPDATE item_match AS m
SET item_key = c.item_key, stored_request_id = c.request_id, via = 'request-id-lookup'
FROM claim AS c
WHERE c.position = m.position AND c.place = 1
