-- R8: count the signs that the institution was rolled over while it was being read, or since its last full
-- reading: an id that was replaced although the year of the list did not advance; an id that was not replaced
-- although the year did advance; an item that claims the id of an item whose course was answered before,
-- stored or new; and an unknown item that was looked up alone and has the GUID of a live item, because only a
-- full reading can tell whether it is that item.
-- takes: is_full boolean, year_advanced boolean, academic_year text, hei_id integer
-- reads: dcs_mirror.content_item, item_match, staged_course
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
    JOIN item_match AS n ON n.previous_year_id = m.request_id
    WHERE m.is_new AND m.asked_id IS NULL AND n.asked_id IS NOT NULL AND NOT n.is_dropped
) + (
    SELECT count(*)
    FROM item_match AS m
    WHERE m.is_new
      AND NOT :is_full
      AND m.asked_id IS NOT NULL
      AND m.content_guid <> ''
      AND EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = :hei_id AND lower(i.content_guid) = m.content_guid AND i.removed_at IS NULL)
) AS items
