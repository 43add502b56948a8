-- How many flags wait for a person, are looked after, and are closed; narrowed as the work list is, but by state. Items are
-- only read if words are looked for: all flags of a country are counted each time the page is shown.
-- takes: hei_ids integer[], hei_id integer, licence_year integer, patterns text[], assigned text
-- reads: dcs_mirror.recheck_flag, dcs.content_item, dcs.course
SELECT count(*) FILTER (WHERE f.resolved_at IS NULL AND f.acknowledged_at IS NULL) AS open,
       count(*) FILTER (WHERE f.resolved_at IS NULL AND f.acknowledged_at IS NOT NULL) AS acknowledged,
       count(*) FILTER (WHERE f.resolved_at IS NOT NULL) AS closed
FROM dcs_mirror.recheck_flag AS f
WHERE (:hei_ids IS NULL OR f.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR f.hei_id = :hei_id)
  AND (:licence_year IS NULL OR f.licence_year = :licence_year)
  AND (:patterns IS NULL OR EXISTS (
      SELECT FROM dcs.content_item AS i
      LEFT JOIN dcs.course AS c ON c.course_key = i.course_key
      WHERE i.item_key = f.item_key AND concat_ws(' ', i.course_code, c.name, c.lecturer) ILIKE ALL (:patterns)))
  AND (:assigned IS NULL OR CASE :assigned WHEN '-' THEN f.assigned_to IS NULL ELSE f.assigned_to = :assigned END)
