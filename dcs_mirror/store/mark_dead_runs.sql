-- Marks the runs whose programs are gone: nobody holds the lock that a run holds while it is under way.
-- takes: observed_at timestamptz
-- writes: dcs_mirror.sync_run
UPDATE dcs_mirror.sync_run AS r
SET finished_at = :observed_at,
    outcome = 'interrupted',
    error = 'the program ended without a word: it was killed, or its machine went down'
WHERE r.finished_at IS NULL
  AND NOT EXISTS (
      SELECT FROM pg_locks AS l
      JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
      WHERE l.locktype = 'advisory'
        AND l.objsubid = 2 -- a lock of two numbers, which are unsigned here
        AND l.classid = (hashtext('dcs_mirror.run')::bigint & 4294967295)::oid
        AND l.objid = (r.run_id & 2147483647)::oid
  )
