-- A7, R2: an id that was asked for and that no live item has leads to the item of its answer, for ever: one that
-- the mirror does not know, and one of an item that is removed, unless the history leads it to a live one.
-- takes: hei_id integer, academic_year text, observed_at timestamptz
-- reads: dcs_mirror.content_item, item_match, staged_item
-- writes: dcs_mirror.request_id_history
INSERT INTO dcs_mirror.request_id_history AS h
    (old_request_id, hei_id, item_key, academic_year, replaced_at, via)
SELECT s.asked_id, :hei_id, m.item_key, :academic_year, :observed_at, 'request-id-lookup'
FROM staged_item AS s
JOIN item_match AS m ON m.request_id = s.request_id AND NOT m.is_dropped
WHERE s.asked_id <> s.request_id
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = :hei_id AND i.request_id = s.asked_id AND i.removed_at IS NULL)
ORDER BY s.asked_id
ON CONFLICT (old_request_id, hei_id) DO UPDATE
SET item_key = excluded.item_key, academic_year = excluded.academic_year,
    replaced_at = excluded.replaced_at, via = excluded.via
WHERE (SELECT i.removed_at IS NOT NULL FROM dcs_mirror.content_item AS i WHERE i.item_key = h.item_key)
