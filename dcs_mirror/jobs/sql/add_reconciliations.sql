-- A reconciliation of each institution, unless one waits already; their ids.
-- takes: hei_ids integer[], now timestamptz
-- reads: dcs_mirror.job
-- writes: dcs_mirror.job
WITH waiting AS (
    SELECT j.hei_id, min(j.job_id) AS job_id
    FROM dcs_mirror.job AS j
    WHERE j.kind = 'reconcile' AND j.state = 'waiting' AND j.hei_id = ANY (:hei_ids)
    GROUP BY j.hei_id
),
added AS (
    INSERT INTO dcs_mirror.job (kind, hei_id, enqueued_at)
    SELECT 'reconcile', h.id, :now
    FROM unnest(:hei_ids) WITH ORDINALITY AS h (id, place)
    WHERE NOT EXISTS (SELECT FROM waiting AS w WHERE w.hei_id = h.id)
    ORDER BY h.place
    RETURNING hei_id, job_id
)
SELECT w.job_id FROM waiting AS w
UNION ALL
SELECT a.job_id FROM added AS a
