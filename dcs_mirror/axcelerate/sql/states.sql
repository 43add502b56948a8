-- What became of each row of a file so far.
SELECT row_number, state FROM dcs_mirror.unit_update WHERE system = :system AND file_digest = :file_digest;
