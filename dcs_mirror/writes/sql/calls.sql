-- The journal, oldest call first.
-- takes: hei_id integer, call_id bigint, only_unsettled boolean
-- reads: dcs_mirror.call
SELECT c.call_id, c.hei_id, c.method, c.parameters, c.given, c.state, c.sent_at, c.ended_at, c.request_id, c.error,
       c.settlement, c.sent_again_as
FROM dcs_mirror.call AS c
WHERE (:hei_id IS NULL OR c.hei_id = :hei_id)
  AND (:call_id IS NULL OR c.call_id = :call_id)
  AND (NOT :only_unsettled OR c.state IN ('sent', 'unknown'))
ORDER BY c.call_id
