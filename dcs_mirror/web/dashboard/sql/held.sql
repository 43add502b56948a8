-- Institutions of which the last reading was not applied, with the reason. The counts are those of that reading.
-- takes: hei_ids integer[], sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.institution, dcs.sync_outcome, dcs.sync_run
SELECT i.hei_id, i.name AS institution, i.last_synced_at, o.run_id, o.started_at, o.error, count(*) OVER () AS total_rows
FROM dcs.institution AS i
LEFT JOIN LATERAL (
    SELECT h.run_id, h.error, r.started_at
    FROM dcs.sync_outcome AS h
    JOIN dcs.sync_run AS r ON r.run_id = h.run_id
    WHERE h.hei_id = i.hei_id AND h.outcome = 'held'
    ORDER BY h.run_id DESC
    LIMIT 1
) AS o ON true
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'last_synced_at' THEN coalesce(to_char(i.last_synced_at, 'YYYYMMDDHH24MISSUS'), '')
               WHEN 'started_at' THEN coalesce(to_char(o.started_at, 'YYYYMMDDHH24MISSUS'), '')
               ELSE lower(coalesce(i.name, ''))
           END AS key
) AS s
WHERE i.last_sync_outcome = 'held' AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, i.hei_id
LIMIT :most OFFSET :skip
