-- R1, third: the incoming previous-year-id is in the history of a stored item.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match, staged_course, unread_item
-- writes: item_match
WITH claim AS (
    SELECT s.position, i.item_key, i.request_id,
           row_number() OVER (
               PARTITION BY i.item_key
               ORDER BY s.course_code IS NOT DISTINCT FROM i.course_code DESC, s.request_id
           ) AS place
    FROM item_match AS s
    JOIN dcs_mirror.request_id_history AS h
      ON h.hei_id = :hei_id AND h.old_request_id = s.previous_year_id
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key
    WHERE s.item_key IS NULL
      AND NOT s.is_dropped
      AND NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
      AND NOT EXISTS (SELECT FROM staged_course AS u
                      WHERE u.course_key = i.course_key AND u.content = 'unchanged' AND i.removed_at IS NULL)
      AND (s.course_key IS NOT DISTINCT FROM i.course_key
           OR NOT EXISTS (SELECT FROM unread_item AS r WHERE r.item_key = i.item_key))
)
UPDATE item_match AS s
SET item_key = c.item_key, stored_request_id = c.request_id, via = 'previous-year-id'
FROM claim AS c
WHERE c.position = s.position AND c.place = 1
