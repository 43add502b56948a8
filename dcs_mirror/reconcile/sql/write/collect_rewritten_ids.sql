-- R9: the old ids that downstream may still hold of the items that got a new id in this reading. An id of an
-- earlier reading that an item has again is current; one that an item had until now is rewritten even if
-- another item has it from now on.
-- takes: hei_id integer, observed_at timestamptz
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match
-- writes: rewritten_id
INSERT INTO rewritten_id (old_request_id, request_id)
SELECT h.old_request_id, m.request_id
FROM dcs_mirror.request_id_history AS h
JOIN item_match AS m ON m.item_key = h.item_key AND NOT m.is_dropped
WHERE h.hei_id = :hei_id
  AND (m.stored_request_id <> m.request_id OR h.replaced_at = :observed_at)
  AND (h.old_request_id = m.stored_request_id
       OR (SELECT true FROM dcs_mirror.content_item AS c
           WHERE c.request_id = h.old_request_id AND c.hei_id = :hei_id) IS NULL)
