-- A7, R2: an id that was asked for and that the mirror does not know leads to the item of its answer, for ever.
-- takes: hei_id integer, academic_year text, observed_at timestamptz
-- reads: dcs_mirror.content_item, item_match, staged_item
-- writes: dcs_mirror.request_id_history
INSERT INTO dcs_mirror.request_id_history
    (old_request_id, hei_id, item_key, academic_year, replaced_at, via)
SELECT s.asked_id, :hei_id, m.item_key, :academic_year, :observed_at, 'request-id-lookup'
FROM staged_item AS s
JOIN item_match AS m ON m.request_id = s.request_id AND NOT m.is_dropped
WHERE s.asked_id <> s.request_id
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = :hei_id AND i.request_id = s.asked_id)
ORDER BY s.asked_id
ON CONFLICT (old_request_id, hei_id) DO NOTHING
