-- What the licence recheck said of an item.
-- takes: hei_ids integer[], item_key bigint, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.recheck_flag
SELECT f.flag_id, f.licence_year, f.kind, f.previous_status, f.content_status, f.licence_before, f.licence,
       f.flagged_at, f.acknowledged_note, f.assigned_to, f.resolved_at, f.resolution, count(*) OVER () AS total_rows
FROM dcs.recheck_flag AS f
WHERE f.item_key = :item_key AND (:hei_ids IS NULL OR f.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN :sort = 'licence_year' AND NOT :is_descending THEN f.licence_year END, f.flag_id DESC
LIMIT :most OFFSET :skip
