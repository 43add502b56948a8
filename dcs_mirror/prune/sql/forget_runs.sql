-- Forgets outcomes of runs that ended long ago, and the runs that are left without any. Kept of each institution:
-- the latest outcome, the latest of a full reading, complete or not, and the latest that was applied, by its run and
-- by its order (C5), because intervals of status changes begin there (S1); orders of a clock that was ahead; and
-- purges, by which followers learn what to delete. No run is forgotten since the last sync that came to its end,
-- which the next one may resume.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.sync_outcome, dcs_mirror.sync_run
-- writes: dcs_mirror.sync_outcome, dcs_mirror.sync_run
WITH found AS MATERIALIZED (
    SELECT o.hei_id, o.run_id, o.outcome, o.reading_order, o.is_full IS NOT false AS may_be_full,
           coalesce(o.is_full, r.kind = 'sync' OR o.reading_order IS NOT NULL) AS is_full,
           o.reading_order <= (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint AS is_past
    FROM dcs_mirror.sync_outcome AS o
    JOIN dcs_mirror.sync_run AS r ON r.run_id = o.run_id
), needed AS MATERIALIZED (
    SELECT f.hei_id, unnest(ARRAY[
               max(f.run_id),
               max(f.run_id) FILTER (WHERE f.reading_order IS NOT NULL),
               max(f.run_id) FILTER (WHERE f.is_full),
               max(f.run_id) FILTER (WHERE f.may_be_full),
               max(f.run_id) FILTER (WHERE f.is_full AND f.outcome = 'complete'),
               (max(ARRAY[f.reading_order, f.run_id]) FILTER (WHERE f.is_past))[2]
           ]) AS run_id
    FROM found AS f
    GROUP BY f.hei_id
    UNION
    SELECT f.hei_id, f.run_id FROM found AS f WHERE f.outcome = 'purged' OR NOT f.is_past
), page AS MATERIALIZED (
    SELECT r.run_id
    FROM dcs_mirror.sync_run AS r
    WHERE r.run_id > :after
      AND r.finished_at < :before
      AND r.run_id < (SELECT max(l.run_id) FROM dcs_mirror.sync_run AS l)
      AND (r.kind <> 'sync' OR r.run_id < (
          SELECT coalesce(max(e.run_id), 0)
          FROM dcs_mirror.sync_run AS e
          WHERE e.kind = 'sync' AND e.outcome <> 'interrupted' AND e.error IS NULL
      ))
    ORDER BY r.run_id
    LIMIT :batch
), old_outcome AS MATERIALIZED (
    SELECT f.hei_id, f.run_id
    FROM found AS f
    JOIN page AS g ON g.run_id = f.run_id
    WHERE (f.hei_id, f.run_id) NOT IN (SELECT n.hei_id, n.run_id FROM needed AS n WHERE n.run_id IS NOT NULL)
), old_run AS MATERIALIZED (
    SELECT g.run_id FROM page AS g WHERE g.run_id NOT IN (SELECT n.run_id FROM needed AS n WHERE n.run_id IS NOT NULL)
), forgotten_outcome AS (
    DELETE FROM dcs_mirror.sync_outcome AS o USING old_outcome AS d
    WHERE o.hei_id = d.hei_id AND o.run_id = d.run_id AND NOT :is_rehearsal
), forgotten_run AS (
    DELETE FROM dcs_mirror.sync_run AS r USING old_run AS d WHERE r.run_id = d.run_id AND NOT :is_rehearsal
)
SELECT (SELECT count(*) FROM old_run) AS runs, (SELECT count(*) FROM old_outcome) AS outcomes, max(g.run_id) AS last
FROM page AS g
