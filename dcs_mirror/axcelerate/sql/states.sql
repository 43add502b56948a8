-- The state of each row of a file.
-- takes: system text, file_digest bytea
-- reads: dcs_mirror.unit_update
SELECT row_number, state FROM dcs_mirror.unit_update WHERE system = :system AND file_digest = :file_digest;
