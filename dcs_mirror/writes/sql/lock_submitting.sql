-- Serialises the check for an earlier identical submission and the recording of the new call.
-- takes: hei_id integer
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.submitting'), :hei_id)
