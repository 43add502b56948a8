-- C1, R6: absent items are marked as removed, never deleted, and keep their last request id. S1: when they were
-- last seen is noted, because their course tells it no more.
-- C5: their order is that of the answer that no longer had them.
-- takes: observed_at timestamptz, last_read_at timestamptz
-- reads: absent_item, dcs_mirror.content_item, dcs_mirror.course, staged_course
-- writes: dcs_mirror.content_item, pending_change
WITH removed AS (
    UPDATE dcs_mirror.content_item AS i
    SET removed_at = :observed_at, changed_at = :observed_at,
        reading_order = greatest(i.reading_order, a.reading_order),
        seen_at = CASE
            WHEN b.course_key IS NULL THEN i.seen_at
            WHEN s.course_key IS NOT NULL THEN greatest(i.seen_at, s.last_read_at)
            ELSE greatest(i.seen_at, o.read_at, coalesce(o.unread_since, :last_read_at))
        END
    FROM absent_item AS a
    JOIN dcs_mirror.content_item AS b ON b.item_key = a.item_key
    LEFT JOIN dcs_mirror.course AS o ON o.course_key = b.course_key
    LEFT JOIN staged_course AS s ON s.course_key = b.course_key
    WHERE a.item_key = i.item_key
    RETURNING i.item_key, i.removed_at
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'content_item', item_key, 'removed', jsonb_build_object('removed_at', jsonb_build_array(NULL, removed_at))
FROM removed
