-- R1, first: the incoming request id is a stored current id. C5: an answer that is older than the one the
-- item was last written or, for a look-up, removed from is not applied. An order from a clock that was wrong does
-- not count.
-- takes: hei_id integer, latest_order bigint
-- reads: dcs_mirror.content_item
-- writes: item_match
UPDATE item_match AS s
SET item_key = i.item_key, stored_request_id = i.request_id,
    is_dropped = coalesce(i.reading_order > s.reading_order AND i.reading_order <= :latest_order, false)
                 AND (i.removed_at IS NULL OR s.asked_id IS NOT NULL)
FROM dcs_mirror.content_item AS i
WHERE i.hei_id = :hei_id AND i.request_id = s.request_id AND NOT s.is_dropped
