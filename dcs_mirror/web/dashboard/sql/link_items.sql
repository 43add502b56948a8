-- What the items of links are called, for the part of a list that a page shows.
-- takes: hei_ids integer[], item_keys bigint[]
-- reads: dcs.content_item, dcs_mirror.institution
SELECT i.item_key, i.title, i.extract_title, i.course_code, h.name AS institution
FROM dcs.content_item AS i
JOIN dcs_mirror.institution AS h ON h.hei_id = i.hei_id
WHERE i.item_key = ANY (:item_keys) AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
