-- Marks the runs whose programs are gone: nobody holds the lock that a run holds while it is under way.
-- takes: observed_at timestamptz
-- writes: dcs_mirror.sync_run
UPDATE dcs_mirror.sync_run AS r
SET finished_at = :observed_at,
    outcome = 'interrupted',
    error = 'the program ended without a word: it was killed, or its machine went down'
WHERE r.finished_at IS NULL
  AND NOT dcs_mirror.is_held(r.held_by)
