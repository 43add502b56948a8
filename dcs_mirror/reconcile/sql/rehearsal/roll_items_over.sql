-- The mirror's own part of the rehearsed rollover.
-- takes: hei_id integer
-- reads: rewritten_id
-- writes: dcs_mirror.content_item
UPDATE dcs_mirror.content_item AS i
SET previous_year_id = i.request_id, request_id = r.request_id
FROM rewritten_id AS r
WHERE i.hei_id = :hei_id AND i.request_id = r.old_request_id
