-- S1: note when an item was seen of which its course does not tell: one that was looked up by its id, that no
-- course holds, or whose course was read only in part. An instant that is later than now comes from a clock
-- that was set back since.
-- takes: is_full boolean, started_at timestamptz, observed_at timestamptz
-- reads: dcs_mirror.course, item_match
-- writes: dcs_mirror.content_item
UPDATE dcs_mirror.content_item AS i
SET seen_at = n.seen_at
FROM item_match AS m
LEFT JOIN dcs_mirror.course AS c ON c.course_key = m.course_key
CROSS JOIN LATERAL (
    SELECT CASE WHEN :is_full THEN :started_at ELSE coalesce(m.fetched_at, :started_at) END AS seen_at
) AS n
WHERE i.item_key = m.item_key
  AND NOT m.is_dropped
  AND NOT m.is_new
  AND (m.asked_id IS NOT NULL OR c.course_key IS NULL OR c.unread_since IS NOT NULL)
  AND (i.seen_at < n.seen_at OR i.seen_at > :observed_at)
