-- Lets one transaction at a time decide whether a run has come to its end.
-- takes: run_id bigint
-- reads: dcs_mirror.sync_run
SELECT FROM dcs_mirror.sync_run AS r WHERE r.run_id = :run_id FOR UPDATE
