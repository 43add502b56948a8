-- A6, A7: calls that wait for somebody: writes whose outcome is not known, and requests that the DCS accepted before an
-- instant and never showed. What a list of them and the overview's counts share.
-- takes: hei_ids integer[], hei_id integer, accepted_before timestamptz
-- reads: dcs.open_call, dcs.submitted_request
SELECT c.*
FROM (
    SELECT o.call_id, o.hei_id, o.method, o.course_code, o.title, o.status, o.state, o.sent_at, NULL::bigint AS request_id
    FROM dcs.open_call AS o
    UNION ALL
    SELECT r.call_id, r.hei_id, 'SubmitRequest', r.course_code, r.title, NULL, 'unseen', r.accepted_at, r.request_id
    FROM (
\ir ../../../store/unseen_requests.sql
    ) AS r
) AS c
WHERE (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR c.hei_id = :hei_id)
