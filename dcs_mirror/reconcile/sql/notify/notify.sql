-- Notify listeners, after the commit, that something changed.
-- takes: hei_id integer
SELECT pg_notify('dcs_change', CAST(:hei_id AS text))
