-- A7: keep what became of the institution's submitted requests with their calls.
-- takes: hei_id integer
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.request_id_history,
--   dcs_mirror.status_change
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call AS c
SET item_key = f.item_key, request_state = f.state, request_ended_at = f.ended_at
FROM (
\ir ../../../store/followed_requests.sql
) AS f
WHERE c.call_id = f.call_id AND f.hei_id = :hei_id
  AND (c.item_key, c.request_state, c.request_ended_at) IS DISTINCT FROM (f.item_key, f.state, f.ended_at)
