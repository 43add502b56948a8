-- What a run flagged at an institution: flags that it raised, and those that it opened again because their items came back.
-- takes: hei_ids integer[], hei_id integer, run_id bigint, started_at timestamptz, recorded_at timestamptz, sort text,
--   is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.recheck_flag, dcs_mirror.change, dcs.content_item, dcs.course
SELECT f.flag_id, i.item_key, i.title, i.extract_title, i.author, i.course_code, c.lecturer, f.kind, f.licence_before,
       f.licence, f.assigned_to, f.resolution, count(*) OVER () AS total_rows
FROM dcs_mirror.recheck_flag AS f
JOIN dcs.content_item AS i ON i.item_key = f.item_key
LEFT JOIN dcs.course AS c ON c.course_key = i.course_key
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
               WHEN 'lecturer' THEN lower(coalesce(c.lecturer, ''))
               WHEN 'kind' THEN f.kind
               WHEN 'assigned_to' THEN lower(coalesce(f.assigned_to, ''))
               ELSE coalesce(i.course_code, '')
           END AS key
) AS s
WHERE f.hei_id = :hei_id AND (:hei_ids IS NULL OR f.hei_id = ANY (:hei_ids))
  AND f.item_key IN (
      SELECT g.key
      FROM dcs_mirror.change AS g
      WHERE g.hei_id = :hei_id AND g.observed_at = :recorded_at AND g.run_id = :run_id AND g.entity = 'content_item'
        -- A flag's time is that of the answer that showed the change, within the run.
        AND (g.kind <> 'added' AND f.flagged_at BETWEEN :started_at AND :recorded_at
             OR g.kind = 'restored' AND f.flagged_at < :started_at AND coalesce(f.resolved_at > :recorded_at, true)))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
         i.course_code, f.flag_id
LIMIT :most OFFSET :skip
