-- R2: an id that the history holds as replaced is current again if a whole answer of a full reading lists it,
-- because the DCS took the replacement back: its item has it again. If several ids of one item returned, the one
-- in its course counts, else the lowest. C5: an answer that is older than the item proves nothing. R7: an item that
-- no course holds is listed nowhere; if its year is later than the one that an operator accepted, a look-up tells.
-- takes: hei_id integer, academic_year text
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match, staged_course
-- writes: item_match
WITH claim AS (
    SELECT s.position, i.item_key, i.request_id,
           row_number() OVER (
               PARTITION BY i.item_key
               ORDER BY s.course_code IS NOT DISTINCT FROM i.course_code DESC, s.request_id
           ) AS place
    FROM item_match AS s
    JOIN dcs_mirror.request_id_history AS h ON h.hei_id = :hei_id AND h.old_request_id = s.request_id
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key
    WHERE s.item_key IS NULL
      AND NOT s.is_dropped
      AND (s.is_listed
           OR s.asked_id IS NOT NULL AND i.course_key IS NULL AND i.academic_year > :academic_year)
      AND coalesce(i.reading_order <= s.reading_order, true)
      AND NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
      AND NOT EXISTS (SELECT FROM staged_course AS u
                      WHERE u.course_key = i.course_key AND u.content = 'unchanged' AND i.removed_at IS NULL)
)
UPDATE item_match AS s
SET item_key = c.item_key, stored_request_id = c.request_id, via = 'request-id-returned'
FROM claim AS c
WHERE c.position = s.position AND c.place = 1
