-- How many workers live, and whether they leave what is no refresh for longer than some seconds.
-- takes: patience interval
-- reads: dcs_mirror.job, dcs_mirror.worker
SELECT (
\ir live_workers.sql
       ) AS alive,
       coalesce((
\ir left_since.sql
       ) < clock_timestamp() - :patience, false) AS is_left
