-- Marks the runs whose programs are gone: nobody holds the lock that a run holds while it is under way. One by
-- workers is under way as long as it has jobs that are open.
-- takes: observed_at timestamptz
-- reads: dcs_mirror.job
-- writes: dcs_mirror.sync_run
UPDATE dcs_mirror.sync_run AS r
SET finished_at = :observed_at,
    outcome = 'interrupted',
    error = 'the program ended without a word: it was killed, or its machine went down'
WHERE r.finished_at IS NULL
  AND NOT dcs_mirror.is_held(r.held_by)
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.job AS j WHERE j.run_id = r.run_id AND j.state IN ('waiting', 'running')
  )
