-- Forgets what earlier runs of a file came to.
-- takes: system text, file_digest bytea
-- writes: dcs_mirror.unit_update
DELETE FROM dcs_mirror.unit_update WHERE system = :system AND file_digest = :file_digest;
