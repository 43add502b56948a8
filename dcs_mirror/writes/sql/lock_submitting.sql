-- One after the other looks whether the same was submitted before, and enters its call.
-- takes: hei_id integer
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.submitting'), :hei_id)
