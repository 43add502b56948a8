-- How many institutions are in which academic year, the latest first.
-- takes: hei_ids integer[]
-- reads: dcs.institution
SELECT i.academic_year, count(*) AS institutions
FROM dcs.institution AS i
WHERE i.subscribed AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
GROUP BY i.academic_year
ORDER BY i.academic_year DESC NULLS LAST
