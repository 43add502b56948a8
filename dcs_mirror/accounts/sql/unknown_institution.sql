-- takes: hei_ids integer[]
-- reads: dcs_mirror.institution
SELECT w.hei_id
FROM unnest(:hei_ids) AS w (hei_id)
WHERE NOT EXISTS (SELECT FROM dcs_mirror.institution AS i WHERE i.hei_id = w.hei_id)
LIMIT 1
