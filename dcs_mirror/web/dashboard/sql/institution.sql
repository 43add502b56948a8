-- One institution.
-- takes: hei_ids integer[], hei_id integer
-- reads: dcs.institution
SELECT i.hei_id, i.name, i.subscribed, i.academic_year, i.first_seen_at, i.last_synced_at, i.last_sync_outcome
FROM dcs.institution AS i
WHERE i.hei_id = :hei_id AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
