-- Institutions of which the last reading of all was not applied, with the first of the holds that lasts still. A
-- refresh of a course neither holds an institution nor releases it, and a night that failed releases none.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.institution, dcs_mirror.sync_outcome, dcs_mirror.sync_run
SELECT i.hei_id, i.name AS institution, i.last_synced_at, o.run_id, o.started_at, o.error, count(*) OVER () AS total_rows
FROM dcs.institution AS i
LEFT JOIN LATERAL (
    SELECT h.run_id, h.error, h.started_at
    FROM (
        SELECT w.run_id, w.outcome, w.error, r.started_at,
               max(w.run_id) FILTER (WHERE w.outcome IN ('complete', 'partial', 'unsubscribed')) OVER () AS released_id
        FROM dcs_mirror.sync_outcome AS w
        JOIN dcs_mirror.sync_run AS r ON r.run_id = w.run_id
        WHERE w.hei_id = i.hei_id AND coalesce(w.is_full, r.kind = 'sync' OR w.reading_order IS NOT NULL)
    ) AS h
    WHERE h.outcome = 'held' AND h.run_id > coalesce(h.released_id, 0)
    ORDER BY h.run_id
    LIMIT 1
) AS o ON true
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'last_synced_at' THEN coalesce(to_char(i.last_synced_at, 'YYYYMMDDHH24MISSUS'), '')
               WHEN 'started_at' THEN coalesce(to_char(o.started_at, 'YYYYMMDDHH24MISSUS'), '')
               ELSE coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(i.hei_id::text, 12, '0'))
           END AS key
) AS s
WHERE i.last_sync_outcome = 'held' AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR i.hei_id = :hei_id)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, i.hei_id
LIMIT :most OFFSET :skip
