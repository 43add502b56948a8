-- Settles a call without an answer.
-- takes: ended_at timestamptz, settlement text, request_id bigint, call_id bigint
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call
SET state = 'settled', ended_at = :ended_at, settlement = :settlement,
    request_id = coalesce(:request_id, request_id)
WHERE call_id = :call_id
RETURNING hei_id
