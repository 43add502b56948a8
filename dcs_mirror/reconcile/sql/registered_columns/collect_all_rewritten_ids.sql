-- R9: every id of an earlier year that downstream may still hold, and today's id. An id that an item has now is
-- not of an earlier year, even if another item had it before; unless that item is removed, and the other is not (R2).
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history
-- writes: rewritten_id
INSERT INTO rewritten_id (old_request_id, request_id)
SELECT h.old_request_id, i.request_id
FROM dcs_mirror.request_id_history AS h
JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key
WHERE h.hei_id = :hei_id
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS c
                  WHERE c.hei_id = :hei_id AND c.request_id = h.old_request_id
                    AND (c.removed_at IS NULL OR i.removed_at IS NOT NULL))
ON CONFLICT (old_request_id) DO NOTHING
