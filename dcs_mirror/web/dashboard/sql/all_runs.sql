-- Runs, the latest 1000. Who sees some institutions is shown the runs that did something to one of them, without what
-- concerns the others.
-- takes: hei_ids integer[], sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.sync_run, dcs.sync_outcome
SELECT r.run_id, r.kind, r.started_at, r.finished_at, r.outcome, r.requests, r.error, o.institutions, o.wrong,
       count(*) OVER () AS total_rows
FROM (
    SELECT n.run_id, n.kind, n.started_at, n.finished_at, CASE WHEN :hei_ids IS NULL THEN n.outcome END AS outcome,
           CASE WHEN :hei_ids IS NULL THEN n.requests END AS requests,
           CASE WHEN :hei_ids IS NULL THEN n.error END AS error
    FROM dcs.sync_run AS n
    WHERE :hei_ids IS NULL
       OR n.run_id IN (SELECT m.run_id FROM dcs.sync_outcome AS m WHERE m.hei_id = ANY (:hei_ids))
    ORDER BY n.run_id DESC
    LIMIT 1000
) AS r
CROSS JOIN LATERAL (
    SELECT count(*) AS institutions, count(*) FILTER (WHERE u.is_wrong) AS wrong
    FROM (
\ir outcomes.sql
    ) AS u
    WHERE u.run_id = r.run_id
) AS o
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'kind' THEN r.kind
               WHEN 'started_at' THEN to_char(r.started_at, 'YYYYMMDDHH24MISSUS')
               WHEN 'outcome' THEN coalesce(r.outcome, '')
               WHEN 'requests' THEN lpad(coalesce(r.requests, 0)::text, 12, '0')
               WHEN 'institutions' THEN lpad(o.institutions::text, 12, '0')
               WHEN 'wrong' THEN lpad(o.wrong::text, 12, '0')
               ELSE lpad(r.run_id::text, 20, '0')
           END AS key
) AS s
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, r.run_id DESC
LIMIT :most OFFSET :skip
