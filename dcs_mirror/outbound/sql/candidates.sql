-- A6: items of its course that may be what a SubmitRequest without an answer became: first seen since, not
-- created long before it was sent (the clocks may differ), nobody else's, and about the same work.
SELECT i.request_id
FROM dcs_mirror.call AS c
JOIN dcs_mirror.content_item AS i
  ON i.hei_id = c.hei_id AND i.course_code = c.parameters ->> 'CourseCode' AND i.removed_at IS NULL
WHERE c.call_id = :call_id
  AND i.item_key > c.last_item_key
  AND coalesce(i.date_created >= c.sent_at - interval '1 hour', true)
  AND (lower(trim(i.title)) = lower(trim(c.parameters ->> 'Title'))
       OR regexp_replace(upper(i.identifier), '[^0-9X]', '', 'g')
          = regexp_replace(upper(c.parameters ->> 'ISN'), '[^0-9X]', '', 'g'))
  AND coalesce(lower(trim(i.extract_title)) = lower(trim(c.parameters ->> 'ExtractTitle')), true)
  AND coalesce(trim(i.page_range) = trim(c.parameters ->> 'PageRange'), true)
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.call AS o
      WHERE o.hei_id = c.hei_id
        AND o.call_id <> c.call_id
        AND (o.request_id = i.request_id
             OR o.request_id IN (SELECT h.old_request_id FROM dcs_mirror.request_id_history AS h
                                 WHERE h.item_key = i.item_key))
  )
ORDER BY i.request_id
