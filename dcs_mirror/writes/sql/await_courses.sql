-- As try_courses, once nobody else holds it.
SELECT pg_advisory_lock(hashtext('dcs_mirror.courses'), :hei_id)
