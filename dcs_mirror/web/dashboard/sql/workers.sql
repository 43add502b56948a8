-- Workers that live, and how many jobs each does. Who sees some institutions is shown those that read one of them, and
-- not where they run.
-- takes: hei_ids integer[], sort text, is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.worker, dcs_mirror.job
SELECT CASE WHEN :hei_ids IS NULL THEN format('%s, process %s', w.host, w.pid) ELSE 'a worker' END AS worker,
       w.started_at, w.seen_at, j.running, CASE WHEN :hei_ids IS NULL THEN w.share END AS share,
       count(*) OVER () AS total_rows
FROM (
\ir ../../../jobs/sql/live_worker.sql
) AS w
CROSS JOIN LATERAL (
    SELECT count(*) AS running
    FROM dcs_mirror.job AS b
    WHERE b.worker_id = w.worker_id AND b.state = 'running' AND (:hei_ids IS NULL OR b.hei_id = ANY (:hei_ids))
) AS j
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'worker' THEN format('%s %s', w.host, lpad(w.pid::text, 10, '0'))
               WHEN 'running' THEN lpad(j.running::text, 12, '0')
               WHEN 'share' THEN lpad(w.share::text, 12, '0')
               WHEN 'seen_at' THEN to_char(w.seen_at, 'YYYYMMDDHH24MISSUS')
               ELSE to_char(w.started_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
WHERE (:hei_ids IS NULL OR j.running > 0)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, w.worker_id
LIMIT :most OFFSET :skip
