-- Items whose id was replaced although the list's year did not advance, or was not although it did: the
-- institution was rolled over while it was read.
SELECT count(*) AS items
FROM item_match AS m
JOIN dcs_mirror.content_item AS i ON i.item_key = m.item_key
WHERE NOT m.is_dropped
  AND NOT m.is_new
  AND m.asked_id IS NULL
  AND CASE WHEN :year_advanced
           THEN m.stored_request_id = m.request_id AND i.academic_year < :academic_year
           ELSE m.stored_request_id <> m.request_id AND m.previous_year_id = m.stored_request_id
                AND i.academic_year = :academic_year END
