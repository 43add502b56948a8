-- takes: worker_id uuid, host text, pid integer, started_at timestamptz, in_use integer, in_all integer,
--   pause interval
SELECT b.share, b.workers, b.pause_left, b.refused_at, b.refusal
FROM dcs_mirror.beat(:worker_id, :host, :pid, :started_at, :in_use, :in_all, :pause) AS b
