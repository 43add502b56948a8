-- What a run changed in the items of an institution; it is counted by what happened. The changes of a reading have one time.
-- takes: hei_ids integer[], hei_id integer, run_id bigint, recorded_at timestamptz, kinds text[], sort text,
--   is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.change, dcs.content_item
SELECT c.change_id, i.item_key, i.title, i.extract_title, i.author, i.course_code, c.kind, d.columns, i.request_id,
       i.content_status, count(*) OVER () AS total_rows
FROM dcs_mirror.change AS c
JOIN dcs.content_item AS i ON i.item_key = c.key
CROSS JOIN LATERAL (
    SELECT string_agg(k.name, ', ' ORDER BY k.name) AS columns FROM jsonb_object_keys(c.details) AS k (name)
) AS d
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
               WHEN 'kind' THEN c.kind
               WHEN 'columns' THEN coalesce(d.columns, '')
               WHEN 'request_id' THEN lpad(i.request_id::text, 20, '0')
               WHEN 'content_status' THEN coalesce(i.content_status, '')
               ELSE coalesce(i.course_code, '')
           END AS key
) AS s
WHERE c.hei_id = :hei_id AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
  AND c.observed_at = :recorded_at
  AND c.run_id = :run_id
  AND c.entity = 'content_item'
  AND c.kind = ANY (:kinds)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
         i.course_code, c.change_id
LIMIT :most OFFSET :skip
