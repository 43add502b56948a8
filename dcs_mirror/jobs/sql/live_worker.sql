-- Workers that live: they said so within the last ten seconds. Afterwards others have their share (dcs_mirror.beat).
-- reads: dcs_mirror.worker
SELECT w.worker_id, w.host, w.pid, w.started_at, w.seen_at, w.share
FROM dcs_mirror.worker AS w
WHERE w.seen_at > clock_timestamp() - interval '10 s'
