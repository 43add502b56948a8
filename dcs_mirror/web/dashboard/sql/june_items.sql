-- R10: the items behind a figure of an institution's June, by the changes that the figure counted: those of the night that
-- saw the new year, and of later ones that found further items of it under new ids. An item that came back since stays.
-- takes: hei_ids integer[], hei_id integer, academic_year text, what text, sort text, is_descending boolean,
--   skip integer, most integer
-- reads: dcs.content_item, dcs.request_id, dcs.request_id_history, dcs.rollover, dcs_mirror.change,
--   dcs_mirror.sync_outcome
WITH night AS (
    SELECT r.observed_at AS at
    FROM dcs.rollover AS r
    WHERE r.hei_id = :hei_id AND r.academic_year = :academic_year
    UNION
    SELECT o.recorded_at
    FROM dcs.rollover AS r
    JOIN dcs_mirror.sync_outcome AS o ON o.hei_id = r.hei_id AND o.renumbered > 0 AND o.recorded_at > r.observed_at
    WHERE r.hei_id = :hei_id
      AND r.academic_year = :academic_year
      AND NOT EXISTS (SELECT FROM dcs.rollover AS n
                      WHERE n.hei_id = r.hei_id AND n.observed_at > r.observed_at AND n.observed_at <= o.recorded_at)
)
SELECT i.item_key, i.course_code, i.title, i.extract_title, i.author, h.old_request_id, i.request_id, h.via,
       i.previous_year_id, i.content_status, i.is_openable, i.why_not, count(*) OVER () AS total_rows
FROM dcs_mirror.change AS c
JOIN dcs.content_item AS i ON i.item_key = c.key
LEFT JOIN LATERAL (
    SELECT o.old_request_id, o.via
    FROM dcs.request_id_history AS o
    WHERE o.old_request_id = (c.details -> 'request_id' ->> 0)::bigint AND o.hei_id = c.hei_id
) AS h ON true
-- The id of the year before that it came with: June replaces it.
LEFT JOIN LATERAL (
    SELECT CASE WHEN :what <> 'conflicts' THEN NULL
                ELSE coalesce((
                    SELECT l.details -> 'previous_year_id' -> 0
                    FROM dcs_mirror.change AS l
                    WHERE l.key = c.key AND l.entity = c.entity AND l.change_id > c.change_id
                      AND l.details ? 'previous_year_id'
                    ORDER BY l.change_id
                    LIMIT 1
                ), to_jsonb(i.previous_year_id)) END AS id
) AS p ON true
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
WHERE c.hei_id = :hei_id AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
  AND c.observed_at = ANY (ARRAY(SELECT n.at FROM night AS n))
  AND c.entity = 'content_item'
  AND c.kind = CASE WHEN :what IN ('new', 'conflicts') THEN 'added'
                    WHEN :what = 'not_carried_over' THEN 'removed'
                    ELSE 'renumbered' END
  AND (:what <> 'looked_up' OR h.via = 'request-id-lookup')
  AND (:what <> 'conflicts'
       OR EXISTS (SELECT FROM dcs.request_id AS k
                  JOIN dcs.content_item AS t ON t.item_key = k.item_key
                  WHERE k.request_id = (p.id #>> '{}')::bigint AND k.hei_id = c.hei_id AND k.item_key <> c.key
                    AND t.first_seen_at <> c.observed_at))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
         i.course_code, i.item_key, c.change_id
LIMIT :most OFFSET :skip
