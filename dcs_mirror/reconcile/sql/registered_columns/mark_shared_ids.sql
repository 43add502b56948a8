-- R9: an id that another institution has, or once had, too. In a column without a filter nobody can tell whose
-- it is.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history
-- writes: rewritten_id
UPDATE rewritten_id AS r
SET is_shared = true
WHERE EXISTS (SELECT FROM dcs_mirror.content_item AS o
              WHERE o.request_id = r.old_request_id AND o.hei_id <> :hei_id)
   OR EXISTS (SELECT FROM dcs_mirror.request_id_history AS o
              WHERE o.old_request_id = r.old_request_id AND o.hei_id <> :hei_id)
