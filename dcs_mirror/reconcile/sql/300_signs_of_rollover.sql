-- Signs that the institution was rolled over while it was read, or since a reading of the whole of it: an id
-- that was replaced although the list's year did not advance, one that was not although it did, an item
-- that claims the id of one whose course was answered before, stored or met for the first time, and one that
-- was asked for alone, is not known, and has the GUID of a live item: only the whole tells whether it is that.
SELECT (
    SELECT count(*)
    FROM item_match AS m
    JOIN dcs_mirror.content_item AS i ON i.item_key = m.item_key
    WHERE NOT m.is_dropped
      AND NOT m.is_new
      AND (m.asked_id IS NULL OR NOT :whole)
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
      AND NOT :whole
      AND m.asked_id IS NOT NULL
      AND m.content_guid <> ''
      AND EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = :hei_id AND lower(i.content_guid) = m.content_guid AND i.removed_at IS NULL)
) AS items
