-- Records the result of a row's call.
-- takes: state text, error text, answered_at timestamptz, system text, file_digest bytea, row_number integer
-- writes: dcs_mirror.unit_update
UPDATE dcs_mirror.unit_update
SET state = :state, error = :error, answered_at = :answered_at
WHERE system = :system AND file_digest = :file_digest AND row_number = :row_number;
