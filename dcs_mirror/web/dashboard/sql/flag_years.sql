-- The licence years that have flags, for a list to choose from.
-- takes: hei_ids integer[]
-- reads: dcs_mirror.recheck_flag
SELECT DISTINCT f.licence_year
FROM dcs_mirror.recheck_flag AS f
WHERE :hei_ids IS NULL OR f.hei_id = ANY (:hei_ids)
ORDER BY f.licence_year DESC
