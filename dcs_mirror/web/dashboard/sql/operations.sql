-- What waits, runs and failed; how many workers live; what is held and in quarantine. What the DCS said to
-- the workers is told to those who see all institutions only.
-- takes: hei_ids integer[]
-- reads: dcs.institution, dcs.quarantine, dcs_mirror.fleet, dcs_mirror.job, dcs_mirror.worker
SELECT (
\ir ../../../jobs/sql/live_workers.sql
       ) AS workers,
       j.waiting, j.running, j.failed, j.waiting_since,
       (SELECT count(*) FROM dcs.institution AS i
        WHERE i.last_sync_outcome = 'held' AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))) AS held,
       (SELECT count(*) FROM dcs.quarantine AS q
        WHERE q.cleared_at IS NULL AND (:hei_ids IS NULL OR q.hei_id = ANY (:hei_ids))) AS quarantined,
       f.last_start_at, f.paused_until,
       CASE WHEN :hei_ids IS NULL AND (i.read_at IS NULL OR i.read_at < f.refused_at) THEN f.refused_at END AS refused_at,
       CASE WHEN :hei_ids IS NULL THEN f.refusal END AS refusal
FROM dcs_mirror.fleet AS f
CROSS JOIN (SELECT max(a.last_synced_at) AS read_at FROM dcs.institution AS a) AS i
CROSS JOIN (
    SELECT count(*) FILTER (WHERE b.state = 'waiting') AS waiting, count(*) FILTER (WHERE b.state = 'running') AS running,
           count(*) FILTER (WHERE b.state = 'failed') AS failed,
           min(b.enqueued_at) FILTER (WHERE b.state = 'waiting') AS waiting_since
    FROM dcs_mirror.job AS b
    WHERE b.state <> 'done' AND (:hei_ids IS NULL OR b.hei_id = ANY (:hei_ids))
) AS j
