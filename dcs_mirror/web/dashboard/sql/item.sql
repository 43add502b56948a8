-- An item, with the names of its institution and course.
-- takes: hei_ids integer[], item_key bigint
-- reads: dcs.content_item, dcs.institution, dcs.course
SELECT i.*, h.name AS institution, c.name AS course, c.lecturer, h.academic_year
FROM dcs.content_item AS i
JOIN dcs.institution AS h ON h.hei_id = i.hei_id
LEFT JOIN dcs.course AS c ON c.course_key = i.course_key
WHERE i.item_key = :item_key AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
