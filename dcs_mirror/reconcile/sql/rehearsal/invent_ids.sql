-- Give every live item a new id that no item has, and lead every earlier id of the item to it.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history
-- writes: rewritten_id
WITH pretended AS (
    SELECT i.item_key, i.request_id,
           (SELECT max(c.request_id) FROM dcs_mirror.content_item AS c)
               + row_number() OVER (ORDER BY i.request_id) AS new_id
    FROM dcs_mirror.content_item AS i
    WHERE i.hei_id = :hei_id AND i.removed_at IS NULL
)
INSERT INTO rewritten_id (old_request_id, request_id)
SELECT p.request_id, p.new_id FROM pretended AS p
UNION ALL
SELECT h.old_request_id, p.new_id
FROM dcs_mirror.request_id_history AS h
JOIN pretended AS p ON p.item_key = h.item_key
WHERE h.hei_id = :hei_id AND h.old_request_id NOT IN (SELECT request_id FROM pretended)
