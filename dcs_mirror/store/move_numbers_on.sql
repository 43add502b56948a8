-- R2: how much was handed out after a backup is not known, so every identity sequence of the mirror goes on far
-- behind it: by 1,000,000,000 at least, and at the microseconds since 2026 at least. No sequence hands out a
-- number each microsecond, so that holds if one backup is restored twice, too. It is the server's own clock: a
-- rehearsal clock decides nothing here. The numbers stay exact in JSON until the year 2311.
SELECT c.relname AS "table",
       setval(d.objid::regclass, greatest(
           coalesce(pg_sequence_last_value(d.objid::regclass), 0) + 1000000000,
           (extract(epoch FROM clock_timestamp() - '2026-01-01 00:00+00'::timestamptz) * 1000000)::bigint
       )) AS last
FROM pg_class AS c
JOIN pg_depend AS d
  ON d.refobjid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_class'::regclass
 AND d.deptype = 'i'
JOIN pg_sequence AS s ON s.seqrelid = d.objid
WHERE c.relnamespace = 'dcs_mirror'::regnamespace
