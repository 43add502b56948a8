-- Says that a worker lives; returns what it may do, and whether the DCS refused the credentials since it began.
-- takes: worker_id uuid, host text, pid integer, started_at timestamptz, in_use integer, in_all integer,
--   pause interval, calls integer
SELECT b.share, b.workers, b.pause_left, b.refusal,
       coalesce(b.refused_at >= :started_at AND b.refused_at > clock_timestamp() - interval '1 hour', false)
           AS is_refused
FROM dcs_mirror.beat(:worker_id, :host, :pid, :started_at, :in_use, :in_all, :pause, :calls) AS b
