-- One program at a time writes an institution's courses: held by the session.
-- takes: hei_id integer
SELECT pg_try_advisory_lock(hashtext('dcs_mirror.courses'), :hei_id)
