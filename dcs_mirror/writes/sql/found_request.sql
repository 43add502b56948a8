-- A6: reasons why a call cannot have created a request: it was there before the call, another call created
-- it, or it belongs to another course.
-- takes: request_id bigint, call_id bigint
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.request_id_history
SELECT i.item_key <= c.last_item_key AS was_there, i.course_code,
       (SELECT max(o.call_id)
        FROM dcs_mirror.call AS o
        WHERE o.hei_id = c.hei_id
          AND o.call_id <> c.call_id
          AND (o.request_id = i.request_id
               OR o.request_id IN (SELECT h.old_request_id FROM dcs_mirror.request_id_history AS h
                                   WHERE h.item_key = i.item_key))) AS made_by
FROM dcs_mirror.call AS c
JOIN dcs_mirror.content_item AS i
  ON i.hei_id = c.hei_id AND i.request_id = dcs.current_request_id(:request_id, c.hei_id)
WHERE c.call_id = :call_id
