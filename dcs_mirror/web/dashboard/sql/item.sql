-- An item, with the names of its institution and course, and until when its changes were deleted, if some were.
-- takes: hei_ids integer[], item_key bigint
-- reads: dcs.content_item, dcs_mirror.institution, dcs.course, dcs.feed_state
SELECT i.*, h.name AS institution, c.name AS course, c.lecturer, h.academic_year,
       (SELECT s.low_water_at FROM dcs.feed_state AS s WHERE s.low_water_at >= i.first_seen_at) AS forgotten_until
FROM dcs.content_item AS i
JOIN dcs_mirror.institution AS h ON h.hei_id = i.hei_id
LEFT JOIN dcs.course AS c ON c.course_key = i.course_key
WHERE i.item_key = :item_key AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
