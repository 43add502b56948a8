-- Which of these refreshes have ended, and how.
-- takes: refresh_ids bigint[]
-- reads: dcs_mirror.refresh_request
SELECT r.refresh_id, r.outcome, r.error
FROM dcs_mirror.refresh_request AS r
WHERE r.refresh_id = ANY (:refresh_ids) AND r.finished_at IS NOT NULL
