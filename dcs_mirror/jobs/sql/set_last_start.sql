-- takes: last_start_at timestamptz
-- writes: dcs_mirror.fleet
UPDATE dcs_mirror.fleet SET last_start_at = :last_start_at
