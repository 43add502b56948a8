-- As try_courses, once nobody else holds it.
-- takes: hei_id integer
SELECT pg_advisory_lock(hashtext('dcs_mirror.courses'), :hei_id)
