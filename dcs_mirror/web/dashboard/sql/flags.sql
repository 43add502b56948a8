-- What the licence recheck flagged, as a work list, with what became of each flag. All flags are put in order by what stands
-- in one column; the others are read for the rows of the page. OFFSET 0: each item is looked up by itself, on its index.
-- takes: hei_ids integer[], hei_id integer, licence_year integer, patterns text[], state text,
--   assigned text, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.recheck_flag, dcs.content_item, dcs_mirror.institution, dcs.course
SELECT f.flag_id, f.hei_id, f.item_key, h.name AS institution, f.licence_year, f.kind, i.request_id, i.course_code,
       c.name AS course, c.lecturer, i.title, i.extract_title, i.author, i.identifier, i.content_url, f.previous_status,
       f.content_status, f.licence_before, f.licence, f.flagged_at, p.state, f.acknowledged_at, f.acknowledged_note,
       f.resolved_at, f.resolution, f.assigned_to, p.total_rows
FROM (
    SELECT f.flag_id, t.state, s.key, i.course_code, count(*) OVER () AS total_rows
    FROM dcs_mirror.recheck_flag AS f
    CROSS JOIN LATERAL (
        SELECT m.course_code, m.course_key, m.title, m.extract_title, m.identifier
        FROM dcs.content_item AS m
        WHERE m.item_key = f.item_key
        OFFSET 0
    ) AS i
    LEFT JOIN dcs_mirror.institution AS h ON h.hei_id = f.hei_id AND :sort = 'institution'
    LEFT JOIN dcs.course AS c ON c.course_key = i.course_key AND (:patterns IS NOT NULL OR :sort = 'lecturer')
    CROSS JOIN LATERAL (
        SELECT CASE WHEN f.resolved_at IS NOT NULL THEN 'closed'
                    WHEN f.acknowledged_at IS NOT NULL THEN 'acknowledged'
                    ELSE 'open' END AS state
    ) AS t
    CROSS JOIN LATERAL (
        SELECT CASE :sort
                   WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
                   WHEN 'lecturer' THEN lower(coalesce(c.lecturer, ''))
                   WHEN 'institution' THEN coalesce('1' || lower(nullif(h.name, '')), '2' || lpad(f.hei_id::text, 12, '0'))
                   WHEN 'identifier' THEN coalesce(i.identifier, '')
                   WHEN 'licence_before' THEN coalesce(f.licence_before, '')
                   WHEN 'licence' THEN coalesce(f.licence, '')
                   WHEN 'kind' THEN f.kind
                   WHEN 'state' THEN t.state
                   WHEN 'assigned_to' THEN lower(coalesce(f.assigned_to, ''))
                   WHEN 'flagged_at' THEN to_char(f.flagged_at, 'YYYYMMDDHH24MISSUS')
                   ELSE coalesce(i.course_code, '')
               END AS key
    ) AS s
    WHERE (:hei_ids IS NULL OR f.hei_id = ANY (:hei_ids))
      AND (:hei_id IS NULL OR f.hei_id = :hei_id)
      AND (:licence_year IS NULL OR f.licence_year = :licence_year)
      AND (:patterns IS NULL OR concat_ws(' ', i.course_code, c.name, c.lecturer) ILIKE ALL (:patterns))
      AND (:assigned IS NULL OR CASE :assigned WHEN '-' THEN f.assigned_to IS NULL ELSE f.assigned_to = :assigned END)
      AND (:state IS NULL OR t.state = :state)
    ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
             i.course_code, f.flag_id
    LIMIT :most OFFSET :skip
) AS p
JOIN dcs_mirror.recheck_flag AS f ON f.flag_id = p.flag_id
JOIN dcs.content_item AS i ON i.item_key = f.item_key
JOIN dcs_mirror.institution AS h ON h.hei_id = f.hei_id
LEFT JOIN dcs.course AS c ON c.course_key = i.course_key
ORDER BY CASE WHEN NOT :is_descending THEN p.key END, CASE WHEN :is_descending THEN p.key END DESC,
         p.course_code, p.flag_id
