-- What the latest rewriting of request ids in each registered column did for an institution.
-- takes: hei_ids integer[], hei_id integer, only_failed boolean, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs_mirror.target, dcs_mirror.target_report
SELECT format('%I.%I.%I', t.table_schema, t.table_name, t.column_name) AS target, p.rewritten, p.reported_at, p.error,
       count(*) OVER () AS total_rows
FROM dcs_mirror.target_report AS p
JOIN dcs_mirror.target AS t ON t.target_id = p.target_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'rewritten' THEN lpad(p.rewritten::text, 20, '0')
               WHEN 'reported_at' THEN to_char(p.reported_at, 'YYYYMMDDHH24MISSUS')
               WHEN 'error' THEN coalesce(p.error, '')
               ELSE format('%I.%I.%I', t.table_schema, t.table_name, t.column_name)
           END AS key
) AS s
WHERE p.hei_id = :hei_id AND (:hei_ids IS NULL OR p.hei_id = ANY (:hei_ids))
  AND (NOT :only_failed OR p.error IS NOT NULL)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, t.target_id
LIMIT :most OFFSET :skip
