-- Items that were removed since, because the new academic year does not contain them, and are still gone.
-- takes: hei_id integer, after bigint, since timestamptz
-- reads: dcs.change, dcs.institution, dcs_mirror.content_item
SELECT i.request_id, i.item_key, i.course_code, i.title, i.extract_title, i.academic_year,
       max(c.observed_at) AS occurred_at
FROM dcs.change AS c
JOIN dcs_mirror.content_item AS i ON i.item_key = c.key
JOIN dcs.institution AS h ON h.hei_id = c.hei_id
WHERE c.hei_id = :hei_id AND c.entity = 'content_item' AND c.kind = 'removed'
  AND c.change_id > :after AND (:since IS NULL OR c.observed_at >= :since)
  AND i.removed_at IS NOT NULL AND i.academic_year < h.academic_year
GROUP BY i.request_id, i.item_key, i.course_code, i.title, i.extract_title, i.academic_year
ORDER BY i.course_code, i.title, i.item_key
