-- What all workers and the mirror as a whole are like: one row for each figure, with its labels' values. The
-- numbers of rows are those of institutions and kinds of jobs; nothing here reads a table that grows with them.
-- takes: now timestamptz
-- reads: dcs.institution, dcs_mirror.change, dcs_mirror.fleet, dcs_mirror.institution, dcs_mirror.job,
--   dcs_mirror.recheck_flag, dcs_mirror.sync_outcome, dcs_mirror.sync_run, dcs_mirror.target,
--   dcs_mirror.target_report, dcs_mirror.worker
WITH institution AS MATERIALIZED (
    SELECT i.hei_id, i.subscribed, coalesce(i.last_synced_at, i.first_seen_at) AS read_at, i.last_sync_outcome
    FROM dcs.institution AS i
),
open_job AS MATERIALIZED (
    SELECT j.kind, j.state, j.enqueued_at FROM dcs_mirror.job AS j WHERE j.state <> 'done'
),
live AS MATERIALIZED (
\ir ../../jobs/sql/live_worker.sql
),
latest AS MATERIALIZED (
    SELECT c.change_id, c.observed_at FROM dcs_mirror.change AS c ORDER BY c.change_id DESC LIMIT 1
)
SELECT 'institution_age_seconds' AS name, ARRAY[i.hei_id::text] AS labels,
       greatest(0, extract(epoch FROM :now - i.read_at))::float8 AS value
FROM institution AS i WHERE i.subscribed
UNION ALL
SELECT 'institution_outcome', ARRAY[i.hei_id::text, i.last_sync_outcome], 1
FROM institution AS i WHERE i.last_sync_outcome IS NOT NULL
UNION ALL
-- An institution that was never stored has outcomes all the same.
SELECT 'institution_outcome', ARRAY[o.hei_id::text, o.outcome], 1
FROM dcs_mirror.sync_outcome AS o
WHERE o.run_id = (SELECT max(r.run_id) FROM dcs_mirror.sync_run AS r WHERE r.kind = 'sync')
  AND NOT EXISTS (SELECT FROM dcs_mirror.institution AS i WHERE i.hei_id = o.hei_id)
UNION ALL
SELECT 'recheck_flags_open', ARRAY[i.hei_id::text],
       (SELECT count(*) FROM dcs_mirror.recheck_flag AS f WHERE f.hei_id = i.hei_id AND f.resolved_at IS NULL)
FROM institution AS i
UNION ALL
SELECT 'jobs', ARRAY[k.kind, s.state],
       (SELECT count(*) FROM open_job AS j WHERE j.kind = k.kind AND j.state = s.state)
FROM unnest(ARRAY['sync', 'institution', 'refresh', 'reconcile']) AS k (kind)
CROSS JOIN unnest(ARRAY['waiting', 'running', 'failed']) AS s (state)
UNION ALL
SELECT 'oldest_waiting_job_age_seconds', ARRAY[]::text[],
       coalesce((SELECT greatest(0, extract(epoch FROM :now - min(j.enqueued_at)))
                 FROM open_job AS j WHERE j.state = 'waiting'), 0)
UNION ALL
SELECT 'registered_columns', ARRAY[]::text[], (SELECT count(*) FROM dcs_mirror.target)
UNION ALL
SELECT 'registered_columns_failed', ARRAY[]::text[],
       (SELECT count(DISTINCT r.target_id) FROM dcs_mirror.target_report AS r WHERE r.error IS NOT NULL)
UNION ALL
SELECT 'feed_last_change_id', ARRAY[]::text[], coalesce((SELECT l.change_id FROM latest AS l), 0)
UNION ALL
SELECT 'feed_last_change_timestamp_seconds', ARRAY[]::text[],
       coalesce((SELECT extract(epoch FROM l.observed_at) FROM latest AS l), 0)
UNION ALL
SELECT 'workers', ARRAY[]::text[], (SELECT count(*) FROM live)
UNION ALL
SELECT 'pause_seconds', ARRAY[]::text[],
       coalesce((SELECT greatest(0, extract(epoch FROM f.paused_until - clock_timestamp()))
                 FROM dcs_mirror.fleet AS f), 0)
UNION ALL
-- A worker that was started after the refusal tries again.
SELECT 'credentials_refused', ARRAY[]::text[],
       (SELECT count(*) FROM dcs_mirror.fleet AS f
        WHERE f.refused_at > clock_timestamp() - interval '1 h'
          AND f.refused_at > coalesce((SELECT max(w.started_at) FROM live AS w), '-infinity'))
