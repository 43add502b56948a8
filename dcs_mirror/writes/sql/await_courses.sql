-- Takes the lock of try_courses; waits for the session that holds it.
-- takes: hei_id integer
SELECT pg_advisory_lock(hashtext('dcs_mirror.courses'), :hei_id)
