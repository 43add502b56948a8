-- Records that a row's call is about to be sent.
-- takes: sent_at timestamptz, system text, file_digest bytea, row_number integer
-- writes: dcs_mirror.unit_update
UPDATE dcs_mirror.unit_update
SET state = 'sent', error = NULL, sent_at = :sent_at, answered_at = NULL
WHERE system = :system AND file_digest = :file_digest AND row_number = :row_number;
