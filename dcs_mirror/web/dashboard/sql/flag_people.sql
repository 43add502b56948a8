-- Whom open flags are assigned to, for a list to choose from.
-- takes: hei_ids integer[]
-- reads: dcs_mirror.recheck_flag
SELECT DISTINCT f.assigned_to
FROM dcs_mirror.recheck_flag AS f
WHERE (:hei_ids IS NULL OR f.hei_id = ANY (:hei_ids)) AND f.assigned_to IS NOT NULL AND f.resolved_at IS NULL
ORDER BY f.assigned_to
