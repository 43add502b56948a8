-- Session lock: one process at a time writes to the courses of an institution.
-- takes: hei_id integer
SELECT pg_try_advisory_lock(hashtext('dcs_mirror.courses'), :hei_id)
