-- What a row's call came to.
UPDATE dcs_mirror.unit_update
SET state = :state, error = :error, answered_at = :answered_at
WHERE system = :system AND file_digest = :file_digest AND row_number = :row_number;
