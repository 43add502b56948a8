-- What each institution's notifications begin with: its state now, and how far each thing goes that can be told.
-- A reading of single courses or requests neither ends a hold nor makes an institution fresh. A night that failed ends
-- no hold either.
-- reads: dcs.institution, dcs.recheck_flag, dcs.rollover, dcs.change, dcs_mirror.sync_outcome, dcs_mirror.sync_run
WITH whole AS MATERIALIZED (
    SELECT o.hei_id, o.run_id, o.outcome, o.reading_order, o.error, r.started_at
    FROM dcs_mirror.sync_outcome AS o
    JOIN dcs_mirror.sync_run AS r ON r.run_id = o.run_id
    -- Release 0.1.0 did not note what was read.
    WHERE coalesce(o.is_full, r.kind = 'sync' OR o.reading_order IS NOT NULL)
)
SELECT i.hei_id, i.name, i.subscribed, i.first_seen_at, i.last_synced_at,
       coalesce((SELECT max(f.flag_id) FROM dcs.recheck_flag AS f WHERE f.hei_id = i.hei_id), 0) AS flag_id,
       coalesce((SELECT max(c.change_id) FROM dcs.change AS c WHERE c.hei_id = i.hei_id), 0) AS change_id,
       coalesce((SELECT max(left(r.academic_year, 4)::bigint) FROM dcs.rollover AS r
                 WHERE r.hei_id = i.hei_id AND r.academic_year ~ '^[0-9]{4}'), 0) AS rollover_year,
       -- The run that last_synced_at is of: until another one is, the institution is stale only once.
       coalesce((SELECT max(w.run_id) FROM whole AS w
                 WHERE w.hei_id = i.hei_id AND w.reading_order IS NOT NULL), 0) AS applied_run_id,
       h.run_id AS held_run_id, h.error AS held_error, h.started_at AS held_at
FROM dcs.institution AS i
-- The first of the holds that lasts still.
LEFT JOIN LATERAL (
    SELECT w.run_id, w.error, w.started_at
    FROM whole AS w
    WHERE w.hei_id = i.hei_id AND w.outcome = 'held'
      AND w.run_id > coalesce((SELECT max(b.run_id) FROM whole AS b
                               WHERE b.hei_id = i.hei_id
                                 AND b.outcome IN ('complete', 'partial', 'unsubscribed')), 0)
    ORDER BY w.run_id
    LIMIT 1
) AS h ON true
ORDER BY i.hei_id
