-- C5: an id that the history holds as replaced, and that no whole answer of a full reading lists, comes from an
-- answer that was given before the replacement, whatever id was asked for. Its item has a newer id and is not
-- set back, so this runs before look-ups are matched. R7: an item of no course whose year was taken back is listed
-- nowhere.
-- takes: hei_id integer, academic_year text
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history
-- writes: item_match
UPDATE item_match AS s
SET item_key = h.item_key, is_dropped = true
FROM dcs_mirror.request_id_history AS h
JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key
WHERE h.hei_id = :hei_id
  AND h.old_request_id = s.request_id
  AND s.item_key IS NULL
  AND NOT s.is_dropped
  AND NOT ((s.is_listed OR s.asked_id IS NOT NULL AND i.course_key IS NULL
                           AND coalesce(i.academic_year > :academic_year, false))
           AND coalesce(i.reading_order <= s.reading_order, true))
