-- One push to an institution at a time: two with the same changes would send each change twice.
-- takes: hei_id integer
SELECT pg_try_advisory_lock(hashtext('dcs_mirror.students'), :hei_id)
