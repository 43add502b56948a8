-- The feed is written by one transaction at a time, so that change ids become visible in their order.
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.change'))
