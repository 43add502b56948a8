-- Recheck flags that were raised since, and are open, by course.
-- takes: hei_id integer, after bigint, since timestamptz
-- reads: dcs.recheck_flag, dcs.content_item
SELECT f.flag_id, f.kind, f.request_id, f.item_key, f.course_code, f.title, i.extract_title, f.licence,
       f.flagged_at AS occurred_at
FROM dcs.recheck_flag AS f
JOIN dcs.content_item AS i ON i.item_key = f.item_key
WHERE f.hei_id = :hei_id AND f.resolved_at IS NULL
  AND f.flag_id > :after AND (:since IS NULL OR f.flagged_at >= :since)
ORDER BY f.course_code, f.title, f.flag_id
