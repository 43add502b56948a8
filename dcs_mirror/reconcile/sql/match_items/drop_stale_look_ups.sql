-- C5: the answer to a look-up that is older than what was applied of the whole course of its item is not
-- applied: that lists the item as it is, or does not list it any more. Nor is one that was given between the first
-- and the last question of a full reading, because the course may have been asked for later.
-- takes: hei_id integer, newest_reading_order bigint, is_repeated boolean, latest_order bigint
-- reads: dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.sync_outcome, item_match
-- writes: item_match
WITH beside AS MATERIALIZED (
    SELECT o.reading_order AS first_order, o.last_order
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = :hei_id
      AND NOT :is_repeated
      AND o.last_order > (SELECT min(s.reading_order) FROM item_match AS s WHERE s.asked_id IS NOT NULL)
      AND o.last_order <= :latest_order
)
UPDATE item_match AS s
SET is_dropped = true
FROM dcs_mirror.content_item AS i
JOIN dcs_mirror.course AS c ON c.course_key = i.course_key
WHERE s.asked_id IS NOT NULL
  AND NOT s.is_dropped
  AND i.item_key = s.item_key
  AND (s.reading_order < c.reading_order
       OR s.reading_order < :newest_reading_order AND c.removed_at IS NULL AND c.unread_since IS NULL
       OR c.removed_at IS NULL AND c.unread_since IS NULL
           AND EXISTS (SELECT FROM beside AS b
                       WHERE b.first_order > coalesce(c.reading_order, 0)
                         AND s.reading_order BETWEEN b.first_order AND b.last_order))
