-- One push an institution at a time: two that plan the same changes would send each of them twice.
-- takes: hei_id integer
SELECT pg_try_advisory_lock(hashtext('dcs_mirror.students'), :hei_id)
