-- Forgets what earlier runs of a file came to.
DELETE FROM dcs_mirror.unit_update WHERE system = :system AND file_digest = :file_digest;
