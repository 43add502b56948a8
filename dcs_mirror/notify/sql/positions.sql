-- How far each recipient was told.
-- reads: dcs_mirror.told
SELECT t.recipient, t.event, t.hei_id, t.position FROM dcs_mirror.told AS t
