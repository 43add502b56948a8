-- Held by the session that sends a call: if it is free, no process waits for the answer any more.
-- takes: call_id bigint
SELECT pg_try_advisory_lock(hashtext('dcs_mirror.call'), hashint8(:call_id))
