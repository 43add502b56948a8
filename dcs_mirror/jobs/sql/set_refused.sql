-- Tells all workers that the DCS refuses the credentials.
-- takes: refusal text
-- writes: dcs_mirror.fleet
UPDATE dcs_mirror.fleet SET refused_at = clock_timestamp(), refusal = :refusal
