-- Whether a run has applied an institution already: its worker ended before it could say so.
-- takes: run_id bigint, hei_id integer
-- reads: dcs_mirror.sync_outcome
SELECT EXISTS (SELECT FROM dcs_mirror.sync_outcome AS o WHERE o.hei_id = :hei_id AND o.run_id = :run_id)
