-- A6: items that a SubmitRequest without an answer may have created: in its course, first seen after it was
-- sent, and not created by another call. Their creation dates are compared later, because clocks and time
-- zones differ.
-- takes: call_id bigint
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.request_id_history
SELECT i.request_id, i.date_created, i.title, i.identifier, i.extract_title, i.page_range, i.volume, i.issue
FROM dcs_mirror.call AS c
JOIN dcs_mirror.content_item AS i
  ON i.hei_id = c.hei_id AND i.course_code = c.parameters ->> 'CourseCode' AND i.removed_at IS NULL
WHERE c.call_id = :call_id
  AND i.item_key > c.last_item_key
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.call AS o
      WHERE o.hei_id = c.hei_id
        AND o.call_id <> c.call_id
        AND (o.request_id = i.request_id
             OR o.request_id IN (SELECT h.old_request_id FROM dcs_mirror.request_id_history AS h
                                 WHERE h.item_key = i.item_key))
  )
ORDER BY i.request_id
