-- R9: the old ids that downstream may still hold of the items that got a new id in this reading, but for those
-- that are current again.
-- takes: hei_id integer, observed_at timestamptz
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match
-- writes: rewritten_id
INSERT INTO rewritten_id (old_request_id, request_id)
SELECT h.old_request_id, m.request_id
FROM dcs_mirror.request_id_history AS h
JOIN item_match AS m ON m.item_key = h.item_key AND NOT m.is_dropped
WHERE h.hei_id = :hei_id
  AND (m.stored_request_id <> m.request_id OR h.replaced_at = :observed_at)
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS c
                  WHERE c.hei_id = :hei_id AND c.request_id = h.old_request_id)
