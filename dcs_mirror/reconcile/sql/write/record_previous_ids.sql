-- R2: an id of last year that the mirror never held, but that the DCS names as replaced, resolves to its item
-- too.
-- takes: hei_id integer, academic_year text, observed_at timestamptz
-- reads: dcs_mirror.content_item, item_match
-- writes: dcs_mirror.request_id_history
INSERT INTO dcs_mirror.request_id_history
    (old_request_id, hei_id, item_key, academic_year, replaced_at, via)
SELECT s.previous_year_id, :hei_id, s.item_key, :academic_year, :observed_at, 'previous-year-id'
FROM item_match AS s
WHERE s.previous_year_id <> s.request_id
  AND s.previous_year_id IS DISTINCT FROM s.stored_request_id
  AND NOT s.is_dropped
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = :hei_id AND i.request_id = s.previous_year_id)
ORDER BY s.request_id
ON CONFLICT (old_request_id, hei_id) DO NOTHING
