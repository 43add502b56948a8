-- Records that were cleared long ago are deleted, so that an upstream that sends a new broken record every
-- night does not fill the disk.
-- takes: hei_id integer, started_at timestamptz
-- writes: dcs_mirror.quarantine
DELETE FROM dcs_mirror.quarantine
WHERE hei_id = :hei_id AND cleared_at < :started_at - interval '1 year'
