-- The state of every institution: freshness, latest outcome of a full reading, look-ups owed (R4, R7). Includes institutions of the
-- latest sync that were never stored, but not ids that an operator asked for once and that do not exist.
-- reads: dcs.institution, dcs_mirror.content_item, dcs_mirror.institution, dcs_mirror.sync_outcome,
--   dcs_mirror.sync_run
SELECT coalesce(i.hei_id, o.hei_id) AS hei_id, coalesce(i.subscribed, true) AS subscribed,
       i.last_synced_at, o.outcome, o.error, coalesce(w.items, 0) AS owed
FROM dcs.institution AS i
FULL JOIN (
    SELECT DISTINCT ON (s.hei_id) s.hei_id, s.run_id, s.outcome, s.error
    FROM dcs_mirror.sync_outcome AS s
    JOIN dcs_mirror.sync_run AS r ON r.run_id = s.run_id
    WHERE coalesce(s.is_full, r.kind = 'sync' OR s.reading_order IS NOT NULL)
    ORDER BY s.hei_id, s.run_id DESC
) AS o ON o.hei_id = i.hei_id
LEFT JOIN (
    SELECT t.hei_id, count(*) AS items
    FROM dcs_mirror.content_item AS t
    JOIN dcs_mirror.institution AS n ON n.hei_id = t.hei_id
    WHERE t.removed_at IS NULL
      AND (t.academic_year < n.academic_year OR t.academic_year > n.academic_year AND t.course_key IS NULL)
    GROUP BY t.hei_id
) AS w ON w.hei_id = i.hei_id
WHERE i.hei_id IS NOT NULL
   OR (o.run_id = (SELECT max(r.run_id) FROM dcs_mirror.sync_run AS r WHERE r.kind = 'sync')
       AND o.outcome IN ('held', 'failed'))
ORDER BY 1
