-- The items behind a figure of an institution's June. The history is looked up for each item, by its index.
-- takes: hei_ids integer[], hei_id integer, academic_year text, what text, sort text, is_descending boolean,
--   skip integer, most integer
-- reads: dcs.content_item, dcs.request_id, dcs.request_id_history, dcs.rollover
SELECT i.item_key, i.course_code, i.title, i.extract_title, i.author, h.old_request_id, i.request_id, h.via,
       i.previous_year_id, i.content_status, i.is_openable, i.why_not, count(*) OVER () AS total_rows
FROM dcs.content_item AS i
JOIN dcs.rollover AS r ON r.hei_id = i.hei_id AND r.academic_year = :academic_year
LEFT JOIN LATERAL (
    SELECT o.old_request_id, o.via
    FROM dcs.request_id_history AS o
    WHERE o.item_key = i.item_key AND o.academic_year = r.academic_year AND o.via <> 'request-id-returned'
    ORDER BY o.replaced_at DESC, o.old_request_id DESC
    LIMIT 1
) AS h ON true
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
               WHEN 'old_request_id' THEN lpad(coalesce(h.old_request_id, 0)::text, 20, '0')
               WHEN 'request_id' THEN lpad(i.request_id::text, 20, '0')
               WHEN 'via' THEN coalesce(h.via, '')
               WHEN 'content_status' THEN coalesce(i.content_status, '')
               ELSE coalesce(i.course_code, '')
           END AS key
) AS s
WHERE i.hei_id = :hei_id AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
  AND CASE :what
      WHEN 'renumbered' THEN h.old_request_id IS NOT NULL
      WHEN 'looked_up' THEN h.via = 'request-id-lookup'
      WHEN 'new' THEN i.first_seen_at = r.observed_at
      WHEN 'not_carried_over' THEN i.removed_at = r.observed_at
      WHEN 'conflicts' THEN i.first_seen_at = r.observed_at AND i.previous_year_id IS NOT NULL
          AND EXISTS (SELECT FROM dcs.request_id AS k
                      WHERE k.request_id = i.previous_year_id AND k.hei_id = i.hei_id AND k.item_key <> i.item_key)
      ELSE false END
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
         i.course_code, i.item_key
LIMIT :most OFFSET :skip
