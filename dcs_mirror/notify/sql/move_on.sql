-- Remembers how far a recipient was told.
-- takes: recipient text, event text, hei_id integer, position bigint, now timestamptz
-- writes: dcs_mirror.told
INSERT INTO dcs_mirror.told AS t (recipient, event, hei_id, position, told_at)
VALUES (:recipient, :event, :hei_id, :position, :now)
ON CONFLICT (recipient, event, hei_id) DO UPDATE SET position = excluded.position, told_at = excluded.told_at
