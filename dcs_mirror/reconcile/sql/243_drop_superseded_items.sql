-- An id that was replaced already is an answer from before: its item is there, and is not set back.
UPDATE item_match AS s
SET item_key = h.item_key, is_dropped = true
FROM dcs_mirror.request_id_history AS h
WHERE h.hei_id = :hei_id AND h.old_request_id = s.request_id AND s.item_key IS NULL AND NOT s.is_dropped
