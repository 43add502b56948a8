-- Forgets the results of earlier runs of a file.
-- takes: system text, file_digest bytea
-- writes: dcs_mirror.unit_update
DELETE FROM dcs_mirror.unit_update WHERE system = :system AND file_digest = :file_digest;
