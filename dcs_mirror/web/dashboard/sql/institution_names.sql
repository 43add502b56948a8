-- The institutions that a person sees, for a list to choose from.
-- takes: hei_ids integer[]
-- reads: dcs_mirror.institution
SELECT i.hei_id, i.name
FROM dcs_mirror.institution AS i
WHERE :hei_ids IS NULL OR i.hei_id = ANY (:hei_ids)
ORDER BY coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(i.hei_id::text, 12, '0')), i.hei_id
