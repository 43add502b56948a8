-- A1: whether a call is older than the last restore of the database, which may have lost later ones.
-- takes: call_id bigint
-- reads: dcs_mirror.feed_state
SELECT :call_id <= f.last_call_before FROM dcs_mirror.feed_state AS f
