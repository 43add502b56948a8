-- What became of a call.
UPDATE dcs_mirror.call
SET state = :state, ended_at = :ended_at, request_id = :request_id, error = :error
WHERE call_id = :call_id
