-- R1, first: the incoming request id is a stored current id. C5: an answer that is older than the one the
-- item was last written from is not applied.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item
-- writes: item_match
UPDATE item_match AS s
SET item_key = i.item_key, stored_request_id = i.request_id,
    is_dropped = coalesce(i.reading_order > s.reading_order, false)
FROM dcs_mirror.content_item AS i
WHERE i.hei_id = :hei_id AND i.request_id = s.request_id AND NOT s.is_dropped
