-- Items of an institution, or those that were identified, as a list.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], patterns text[], course text, status text,
--   licence text, source text, year text, flag text, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.content_item, dcs.institution, dcs.course, dcs_mirror.recheck_flag
SELECT i.item_key, i.hei_id, h.name AS institution, i.request_id, i.course_code, i.title, i.extract_title, i.author,
       i.year, i.source, i.identifier, i.content_status, i.licence, i.is_openable, i.why_not, i.content_url, i.changed_at,
       count(*) OVER () AS total_rows
FROM dcs.content_item AS i
JOIN dcs.institution AS h ON h.hei_id = i.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
               WHEN 'author' THEN lower(coalesce(i.author, ''))
               WHEN 'institution' THEN lower(coalesce(h.name, ''))
               WHEN 'content_status' THEN coalesce(i.content_status, '')
               WHEN 'licence' THEN coalesce(i.licence, '')
               WHEN 'changed_at' THEN to_char(i.changed_at, 'YYYYMMDDHH24MISSUS')
               WHEN 'request_id' THEN lpad(i.request_id::text, 20, '0')
               ELSE coalesce(i.course_code, '')
           END AS key
) AS s
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
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, i.item_key
LIMIT :most OFFSET :skip
