-- What each institution's notifications begin with: its state now, and how far each thing goes that can be told.
-- reads: dcs.institution, dcs.sync_outcome, dcs.sync_run, dcs.recheck_flag, dcs.rollover, dcs.change
SELECT i.hei_id, i.name, i.subscribed, i.first_seen_at, i.last_synced_at,
       coalesce((SELECT max(f.flag_id) FROM dcs.recheck_flag AS f WHERE f.hei_id = i.hei_id), 0) AS flag_id,
       coalesce((SELECT max(c.change_id) FROM dcs.change AS c WHERE c.hei_id = i.hei_id), 0) AS change_id,
       coalesce((SELECT max(left(r.academic_year, 4)::bigint) FROM dcs.rollover AS r
                 WHERE r.hei_id = i.hei_id AND r.academic_year ~ '^[0-9]{4}'), 0) AS rollover_year,
       -- The last run whose reading was applied: until another one is, the institution is stale only once.
       coalesce((SELECT max(o.run_id) FROM dcs.sync_outcome AS o
                 WHERE o.hei_id = i.hei_id AND o.outcome IN ('complete', 'partial')), 0) AS applied_run_id,
       h.run_id AS held_run_id, h.error AS held_error, h.started_at AS held_at
FROM dcs.institution AS i
-- The first of the holds that lasts still.
LEFT JOIN LATERAL (
    SELECT o.run_id, o.error, r.started_at
    FROM dcs.sync_outcome AS o
    JOIN dcs.sync_run AS r ON r.run_id = o.run_id
    WHERE o.hei_id = i.hei_id AND o.outcome = 'held' AND i.last_sync_outcome = 'held'
      AND o.run_id > coalesce((SELECT max(b.run_id) FROM dcs.sync_outcome AS b
                               WHERE b.hei_id = i.hei_id AND b.outcome IN ('complete', 'partial')), 0)
    ORDER BY o.run_id
    LIMIT 1
) AS h ON true
ORDER BY i.hei_id
