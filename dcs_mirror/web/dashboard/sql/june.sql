-- Who has rolled over to which year, with what it came to; and the registered columns that are not up to date.
-- takes: hei_ids integer[], sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.institution, dcs.rollover, dcs_mirror.target_report
SELECT i.hei_id, i.name AS institution, i.academic_year, r.observed_at, r.renumbered, r.new, r.not_carried_over,
       r.looked_up, r.conflicts, t.failed_columns, count(*) OVER () AS total_rows
FROM dcs.institution AS i
LEFT JOIN dcs.rollover AS r ON r.hei_id = i.hei_id AND r.academic_year = i.academic_year
CROSS JOIN LATERAL (
    SELECT count(*) AS failed_columns
    FROM dcs_mirror.target_report AS p
    WHERE p.hei_id = i.hei_id AND p.error IS NOT NULL
) AS t
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'academic_year' THEN coalesce(i.academic_year, '')
               WHEN 'observed_at' THEN coalesce(to_char(r.observed_at, 'YYYYMMDDHH24MISS'), '')
               WHEN 'renumbered' THEN lpad(coalesce(r.renumbered, 0)::text, 12, '0')
               WHEN 'new' THEN lpad(coalesce(r.new, 0)::text, 12, '0')
               WHEN 'not_carried_over' THEN lpad(coalesce(r.not_carried_over, 0)::text, 12, '0')
               WHEN 'looked_up' THEN lpad(coalesce(r.looked_up, 0)::text, 12, '0')
               WHEN 'conflicts' THEN lpad(coalesce(r.conflicts, 0)::text, 12, '0')
               WHEN 'failed_columns' THEN lpad(t.failed_columns::text, 12, '0')
               ELSE coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(i.hei_id::text, 12, '0'))
           END AS key
) AS s
WHERE i.subscribed AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, i.hei_id
LIMIT :most OFFSET :skip
