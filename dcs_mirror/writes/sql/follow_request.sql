-- A7: keep what became of a request with its call, if the mirror read its item before it knew the id.
-- takes: call_id bigint
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.request_id_history,
--   dcs_mirror.status_change
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call AS c
SET item_key = f.item_key, request_state = f.state, request_ended_at = f.ended_at
FROM (
\ir ../../store/followed_requests.sql
) AS f
WHERE c.call_id = f.call_id AND f.call_id = :call_id
