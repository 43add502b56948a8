-- R8: count the signs that the institution was rolled over while it was being read, or since its last full
-- reading: an id that was replaced although the year of the list did not advance; an id that was not replaced
-- although the year did advance; an item that claims the id of an item whose course was answered before,
-- stored or new. A reading of single courses or requests cannot tell what an id that changed, came back, or has
-- the GUID of a stored item means, nor whether an item left its course, nor whether an unknown item that had an
-- id in an earlier year is a stored one whose ids in between were not seen (R1): only a full reading can.
-- takes: is_full boolean, year_advanced boolean, academic_year text, hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match, staged_course
SELECT (
    SELECT count(*)
    FROM item_match AS m
    JOIN dcs_mirror.content_item AS i ON i.item_key = m.item_key
    WHERE NOT m.is_dropped
      AND NOT m.is_new
      AND (m.asked_id IS NULL OR NOT :is_full)
      AND CASE WHEN :year_advanced
               THEN m.stored_request_id = m.request_id AND i.academic_year < :academic_year
               ELSE m.stored_request_id <> m.request_id AND m.previous_year_id = m.stored_request_id
                    AND i.academic_year = :academic_year END
) + (
    SELECT count(*)
    FROM item_match AS m
    JOIN dcs_mirror.content_item AS i
      ON i.hei_id = :hei_id AND i.request_id = m.previous_year_id AND i.removed_at IS NULL
    JOIN staged_course AS c ON c.course_key = i.course_key AND c.content = 'unchanged'
    WHERE m.is_new
) + (
    SELECT count(*)
    FROM item_match AS m
    JOIN item_match AS n ON n.item_key = m.item_key AND n.previous_year_id = m.request_id
    WHERE m.is_dropped
      AND m.asked_id IS NULL
      AND n.asked_id IS NOT NULL
      AND NOT n.is_dropped
      AND NOT EXISTS (SELECT FROM dcs_mirror.request_id_history AS h
                      WHERE h.hei_id = :hei_id AND h.old_request_id = m.request_id)
) + (
    SELECT count(*)
    FROM item_match AS m
    JOIN dcs_mirror.content_item AS i ON i.item_key = m.item_key
    WHERE NOT :is_full
      AND NOT m.is_new
      AND CASE WHEN m.is_dropped THEN m.asked_id IS NULL AND i.request_id <> m.request_id
               ELSE m.stored_request_id <> m.request_id AND i.academic_year = :academic_year
                    OR i.course_key IS NOT NULL AND m.course_key IS NULL END
) + (
    SELECT count(*)
    FROM item_match AS m
    WHERE NOT :is_full
      AND m.is_new
      AND EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = :hei_id
                    AND (lower(i.content_guid) = m.content_guid AND (m.asked_id IS NULL OR i.removed_at IS NULL)
                         OR m.asked_id IS NOT NULL AND m.previous_year_id IS NOT NULL AND i.removed_at IS NULL)
                    AND NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped))
) AS items
