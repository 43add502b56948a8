-- C5: the answer to a look-up that is older than what was applied of the whole course of its item is not
-- applied: that lists the item as it is, or does not list it any more.
-- takes: newest_reading_order bigint
-- reads: dcs_mirror.content_item, dcs_mirror.course
-- writes: item_match
UPDATE item_match AS s
SET is_dropped = true
FROM dcs_mirror.content_item AS i
JOIN dcs_mirror.course AS c ON c.course_key = i.course_key
WHERE s.asked_id IS NOT NULL
  AND NOT s.is_dropped
  AND i.item_key = s.item_key
  AND (s.reading_order < c.reading_order
       OR s.reading_order < :newest_reading_order AND c.removed_at IS NULL AND c.unread_since IS NULL)
