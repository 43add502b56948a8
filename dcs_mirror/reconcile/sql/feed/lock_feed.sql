-- One transaction at a time writes the feed, so that change ids become visible in their order.
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.change'))
