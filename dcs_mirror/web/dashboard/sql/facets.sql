-- How many of the items of a search are in each state, under each licence, from each source and of each year. The
-- condition is that of items.sql.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], patterns text[], course text, status text,
--   licence text, source text, year text, flag text
-- reads: dcs.content_item, dcs.course, dcs_mirror.recheck_flag
SELECT CASE WHEN grouping(i.status) = 0 THEN 'status' WHEN grouping(i.licence) = 0 THEN 'licence'
            WHEN grouping(i.source) = 0 THEN 'source' ELSE 'year' END AS facet,
       coalesce(i.status, i.licence, i.source, i.year) AS name, count(*) AS items
FROM (
    SELECT CASE WHEN i.removed_at IS NULL THEN i.content_status ELSE 'No longer listed' END AS status, i.licence,
           i.source, i.year
    FROM dcs.content_item AS i
    WHERE (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
      AND (:hei_id IS NULL OR i.hei_id = :hei_id)
      AND (:item_keys IS NULL OR i.item_key = ANY (:item_keys))
      AND (:patterns IS NULL
           OR concat_ws(' ', i.title, i.subtitle, i.extract_title, i.author, i.extract_author, i.doi) ILIKE ALL (:patterns)
           OR i.course_key = ANY (ARRAY(
               SELECT c.course_key FROM dcs.course AS c
               WHERE c.hei_id = :hei_id AND concat_ws(' ', c.course_code, c.name, c.lecturer) ILIKE ALL (:patterns))))
      AND (:course IS NULL OR i.course_code = :course)
      AND (:status IS NULL OR :status = 'Listed now' AND i.removed_at IS NULL
           OR CASE WHEN i.removed_at IS NULL THEN i.content_status ELSE 'No longer listed' END = :status)
      AND (:licence IS NULL OR i.licence = :licence)
      AND (:source IS NULL OR i.source = :source)
      AND (:year IS NULL OR i.year = :year)
      AND (:flag IS NULL OR EXISTS (
          SELECT FROM dcs_mirror.recheck_flag AS f
          WHERE f.item_key = i.item_key AND f.resolved_at IS NULL AND (:flag = 'open' OR f.acknowledged_at IS NULL)))
) AS i
GROUP BY GROUPING SETS ((i.status), (i.licence), (i.source), (i.year))
ORDER BY facet, items DESC, name
