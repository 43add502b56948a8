-- The items of a search: what a list of them, the counts of what it can be narrowed by, and a search for titles share.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], found_keys bigint[], words text, patterns text[],
--   course_key bigint, status text, licence text, source text, year text, flag text
-- reads: dcs.content_item, dcs.course, dcs_mirror.recheck_flag
SELECT i.*
FROM dcs.content_item AS i
WHERE (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR i.hei_id = :hei_id)
  AND (:item_keys IS NULL OR i.item_key = ANY (:item_keys))
  -- Words of titles in all institutions, by the index that `dcs-mirror migrate --with-search` makes.
  AND (:words IS NULL
       -- False before the statement is planned, if there are none: else each item's words would be compared again.
       OR cardinality(:found_keys) > 0 AND i.item_key = ANY (:found_keys)
       OR dcs_mirror.title_words(i.hei_id, i.title, i.subtitle, i.extract_title)
          @@ dcs_mirror.title_query(:words, :hei_ids))
  AND (:patterns IS NULL
       -- Found by its number, which may be a word of other titles.
       OR i.item_key = ANY (:found_keys)
       OR concat_ws(' ', i.title, i.subtitle, i.extract_title, i.author, i.extract_author, i.doi) ILIKE ALL (:patterns)
       OR i.course_key = ANY (ARRAY(
           SELECT c.course_key FROM dcs.course AS c
           WHERE c.hei_id = :hei_id AND concat_ws(' ', c.course_code, c.name, c.lecturer) ILIKE ALL (:patterns))))
  AND (:course_key IS NULL OR i.course_key = :course_key)
  AND (:status IS NULL OR :status = 'Listed now' AND i.removed_at IS NULL
       OR :status = 'Listed, not deleted' AND i.removed_at IS NULL AND i.content_status IS DISTINCT FROM 'Deleted'
       OR CASE WHEN i.removed_at IS NULL THEN i.content_status ELSE 'No longer listed' END = :status)
  AND (:licence IS NULL OR i.licence = :licence)
  AND (:source IS NULL OR i.source = :source)
  AND (:year IS NULL OR i.year = :year)
  AND (:flag IS NULL OR EXISTS (
      SELECT FROM dcs_mirror.recheck_flag AS f
      WHERE f.item_key = i.item_key AND f.resolved_at IS NULL AND (:flag = 'open' OR f.acknowledged_at IS NULL)))
