-- Jobs that ended, with the requests that they served; failed ones are kept longer, for `dcs-mirror jobs`.
-- takes: done_before timestamptz, failed_before timestamptz
-- writes: dcs_mirror.job
DELETE FROM dcs_mirror.job AS j
WHERE j.finished_at < :done_before AND (j.state = 'done' OR j.state = 'failed' AND j.finished_at < :failed_before)
