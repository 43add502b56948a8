-- The mirror's own side of the rollover that did not happen.
UPDATE dcs_mirror.content_item AS i
SET previous_year_id = i.request_id, request_id = r.request_id
FROM rewritten_id AS r
WHERE i.hei_id = :hei_id AND i.request_id = r.old_request_id
