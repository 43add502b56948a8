-- What was mended long ago is of no use any more; else an upstream that writes a new one every night would fill
-- the disk.
DELETE FROM dcs_mirror.quarantine
WHERE hei_id = :hei_id AND cleared_at < :started_at - interval '1 year'
