-- Allow one writer an institution at a time.
-- takes: hei_id integer
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.institution'), :hei_id)
