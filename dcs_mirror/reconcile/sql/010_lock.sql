-- One writer an institution at a time.
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.institution'), :hei_id)
