-- The institutions that a person sees, for a list to choose from.
-- takes: hei_ids integer[]
-- reads: dcs.institution
SELECT i.hei_id, i.name
FROM dcs.institution AS i
WHERE :hei_ids IS NULL OR i.hei_id = ANY (:hei_ids)
ORDER BY lower(i.name), i.hei_id
