-- What is stored of the institution, and its latest full reading that was applied. C5: an order that is later
-- than the database's clock comes from a clock that was wrong, so such a reading does not count.
-- takes: hei_id integer
-- reads: dcs_mirror.course, dcs_mirror.institution, dcs_mirror.quarantine, dcs_mirror.status_change,
--   dcs_mirror.sync_outcome
WITH asked AS MATERIALIZED (
    SELECT :hei_id AS hei_id,
           -- A second more, because orders are only as exact as the look at the database's clock was.
           (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint + 1000000000 AS latest_order
)
SELECT i.academic_year, i.courses_digest, r.reading_started_at AS last_read_at, r.reading_order,
       (SELECT coalesce(max(s.status_change_id), 0) FROM dcs_mirror.status_change AS s
        WHERE s.hei_id = asked.hei_id) AS last_status_change,
       (SELECT o.error FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = asked.hei_id AND o.is_full IS NOT false ORDER BY o.run_id DESC LIMIT 1) AS last_error,
       asked.latest_order,
       (SELECT max(o.last_order) FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = asked.hei_id AND o.outcome = 'unsubscribed' AND o.last_order <= asked.latest_order)
           AS withdrawn_order,
       greatest(
           (SELECT max(o.reading_order) FROM dcs_mirror.sync_outcome AS o WHERE o.hei_id = asked.hei_id),
           (SELECT max(greatest(c.reading_order, c.list_order)) FROM dcs_mirror.course AS c
            WHERE c.hei_id = asked.hei_id),
           (SELECT max(q.reading_order) FROM dcs_mirror.quarantine AS q WHERE q.hei_id = asked.hei_id)
       ) AS stored_order
FROM asked
LEFT JOIN dcs_mirror.institution AS i USING (hei_id)
LEFT JOIN LATERAL (
    SELECT o.reading_started_at, o.reading_order
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = asked.hei_id AND o.reading_order <= asked.latest_order
    ORDER BY o.reading_order DESC
    LIMIT 1
) AS r ON true
