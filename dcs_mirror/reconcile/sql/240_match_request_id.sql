-- R1, first: the incoming request id is a stored current one.
UPDATE item_match AS s
SET item_key = i.item_key, stored_request_id = i.request_id
FROM dcs_mirror.content_item AS i
WHERE i.hei_id = :hei_id AND i.request_id = s.request_id AND NOT s.is_dropped
