-- takes: before timestamptz
-- writes: dcs_mirror.refresh_request
DELETE FROM dcs_mirror.refresh_request AS r WHERE r.finished_at < :before
