-- C5: an answer that is older than the one an item was last written from is not applied to it.
UPDATE item_match AS m
SET is_dropped = true
FROM dcs_mirror.content_item AS i
WHERE i.item_key = m.item_key AND NOT m.is_dropped AND i.reading_order > m.reading_order
