-- A refresh that was asked for.
-- takes: hei_ids integer[], hei_id integer, refresh_id bigint
-- reads: dcs.refresh_request
SELECT r.refresh_id, r.requested_at, r.started_at, r.finished_at, r.outcome, r.error
FROM dcs.refresh_request AS r
WHERE r.refresh_id = :refresh_id AND r.hei_id = :hei_id AND (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
