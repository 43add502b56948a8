-- Wakes whoever listens, after the commit, where something changed.
SELECT pg_notify('dcs_change', CAST(:hei_id AS text))
