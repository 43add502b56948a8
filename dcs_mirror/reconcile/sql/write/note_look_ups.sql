-- C5: an item that was looked up is as fresh as the answer, also if it did not change.
-- takes: latest_order bigint
-- reads: item_match
-- writes: dcs_mirror.content_item
UPDATE dcs_mirror.content_item AS i
SET reading_order = m.reading_order
FROM item_match AS m
WHERE m.asked_id IS NOT NULL
  AND NOT m.is_new
  AND NOT m.is_dropped
  AND i.item_key = m.item_key
  AND m.reading_order IS NOT NULL
  AND coalesce(i.reading_order < m.reading_order OR i.reading_order > :latest_order, true)
