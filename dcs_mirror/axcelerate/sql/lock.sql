-- Whether this session may work on a file; until it ends, no other one may.
-- takes: system text, file_digest bytea
SELECT pg_try_advisory_lock(
    hashtextextended('dcs_mirror.unit_update ' || :system || ' ' || encode(:file_digest, 'hex'), 0)
);
