-- Notify listeners, after the commit, that something changed. Every role may fill the server's queue, and a commit
-- would fail on a full one: then listeners hear nothing.
-- takes: hei_id integer
SELECT pg_notify('dcs_change', CAST(:hei_id AS text))
WHERE pg_notification_queue_usage() < 0.9
