-- A6: requests that a new one may repeat: those of the courses with these codes, those that no course holds, with
-- the course that they were submitted for, and those that the DCS accepted and has not shown since.
-- takes: hei_id integer, course_codes text[]
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.request_id_history
SELECT i.request_id, coalesce(i.course_code, c.course_code) AS course_code, i.content_status,
       coalesce(c.sent_at, i.date_created) AS submitted_at, c.call_id,
       i.title, i.identifier, i.extract_title, i.page_range, i.volume, i.issue
FROM (
    SELECT t.*
    FROM dcs_mirror.course AS k
    JOIN dcs_mirror.content_item AS t ON t.course_key = k.course_key
    WHERE k.hei_id = :hei_id AND k.course_code = ANY (:course_codes)
      AND k.removed_at IS NULL AND k.status IS DISTINCT FROM 'Deleted'
    UNION ALL
    SELECT t.* FROM dcs_mirror.content_item AS t WHERE t.hei_id = :hei_id AND t.course_key IS NULL
) AS i
LEFT JOIN LATERAL (
    SELECT c.call_id, c.sent_at, c.parameters ->> 'CourseCode' AS course_code
    FROM dcs_mirror.call AS c
    WHERE c.hei_id = :hei_id
      AND c.request_id = ANY (ARRAY(
          SELECT i.request_id
          UNION ALL
          SELECT h.old_request_id FROM dcs_mirror.request_id_history AS h WHERE h.item_key = i.item_key
      ))
    ORDER BY c.call_id
    LIMIT 1
) AS c ON true
WHERE i.removed_at IS NULL
UNION ALL
SELECT c.request_id, c.parameters ->> 'CourseCode', NULL, c.sent_at, c.call_id,
       c.parameters ->> 'Title', c.parameters ->> 'ISN', c.parameters ->> 'ExtractTitle',
       c.parameters ->> 'PageRange', c.parameters ->> 'Volume', c.parameters ->> 'Issue'
FROM dcs_mirror.call AS c
WHERE c.hei_id = :hei_id
  AND c.method = 'SubmitRequest'
  AND c.request_id IS NOT NULL
  AND (c.state = 'answered' OR c.settlement = 'taken')
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS t
                  WHERE t.hei_id = c.hei_id AND t.request_id = c.request_id)
  AND NOT EXISTS (SELECT FROM dcs_mirror.request_id_history AS h
                  WHERE h.hei_id = c.hei_id AND h.old_request_id = c.request_id)
ORDER BY request_id
