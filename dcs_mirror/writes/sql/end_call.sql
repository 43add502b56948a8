-- Records the outcome of a call.
-- takes: state text, ended_at timestamptz, request_id bigint, error text, call_id bigint
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call
SET state = :state, ended_at = :ended_at, request_id = :request_id, error = :error
WHERE call_id = :call_id
RETURNING hei_id
