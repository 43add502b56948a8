-- How many workers live.
-- reads: dcs_mirror.worker
SELECT count(*) FROM (
\ir live_worker.sql
) AS w
