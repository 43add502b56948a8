-- A sync, unless one that asks for the same waits already; the id of whichever it is.
-- takes: options jsonb, now timestamptz
-- writes: dcs_mirror.job
-- reads: dcs_mirror.job
WITH waiting AS (
    SELECT min(j.job_id) AS job_id
    FROM dcs_mirror.job AS j
    WHERE j.kind = 'sync' AND j.state = 'waiting' AND j.options = :options
),
added AS (
    INSERT INTO dcs_mirror.job (kind, options, enqueued_at)
    SELECT 'sync', :options, :now
    FROM waiting AS w
    WHERE w.job_id IS NULL
    RETURNING job_id
)
SELECT coalesce((SELECT a.job_id FROM added AS a), w.job_id) AS job_id
FROM waiting AS w
