-- Held by the session that sends a call: where nobody holds it, nobody waits for the answer any more.
-- takes: call_id bigint
SELECT pg_try_advisory_lock(hashtext('dcs_mirror.call'), hashint8(:call_id))
