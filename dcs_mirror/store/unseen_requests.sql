-- A7: requests that were submitted from here and given an id, which no answer of the DCS has shown since; all of them, or
-- those that the DCS accepted before an instant. The latter are what waits for somebody.
-- takes: hei_id integer, accepted_before timestamptz
-- reads: dcs.submitted_request
SELECT u.call_id, u.hei_id, u.request_id, u.accepted_at, u.course_code, u.title
FROM dcs.submitted_request AS u
WHERE u.item_key IS NULL
  AND (:hei_id IS NULL OR u.hei_id = :hei_id)
  AND (:accepted_before IS NULL OR u.accepted_at < :accepted_before)
