-- What is stored of the institution, and its latest full reading that was applied.
-- takes: hei_id integer
-- reads: dcs_mirror.institution, dcs_mirror.status_change, dcs_mirror.sync_outcome
SELECT i.academic_year, r.reading_started_at AS last_read_at, r.reading_order,
       (SELECT coalesce(max(s.status_change_id), 0) FROM dcs_mirror.status_change AS s
        WHERE s.hei_id = asked.hei_id) AS last_status_change,
       (SELECT o.error FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = asked.hei_id ORDER BY o.run_id DESC LIMIT 1) AS last_error
FROM (VALUES (:hei_id)) AS asked (hei_id)
LEFT JOIN dcs_mirror.institution AS i USING (hei_id)
LEFT JOIN LATERAL (
    SELECT o.reading_started_at, o.reading_order
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = asked.hei_id AND o.reading_order IS NOT NULL
    ORDER BY o.reading_order DESC
    LIMIT 1
) AS r ON true
