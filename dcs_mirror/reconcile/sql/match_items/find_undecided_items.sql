-- R1, R3: incoming items that may be a stored item, but that only a look-up of its id can tell apart. Another
-- course lists an item that names the id of one whose own course was not read; or the two have a GUID that
-- nothing else has.
-- takes: hei_id integer, is_full boolean
-- reads: answered_look_up, dcs_mirror.content_item, dcs_mirror.request_id_history, item_match, staged_course,
--   unread_item
-- writes: undecided_item
WITH forgotten AS (DELETE FROM undecided_item),
unmatched AS (
    SELECT m.position, m.previous_year_id, m.content_guid
    FROM item_match AS m
    WHERE :is_full AND m.item_key IS NULL AND NOT m.is_dropped
),
candidate AS (
    SELECT u.position, i.item_key
    FROM unmatched AS u
    JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND i.request_id = u.previous_year_id
    JOIN unread_item AS r ON r.item_key = i.item_key
    UNION
    SELECT u.position, h.item_key
    FROM unmatched AS u
    JOIN dcs_mirror.request_id_history AS h
      ON h.hei_id = :hei_id AND h.old_request_id = u.previous_year_id
    JOIN unread_item AS r ON r.item_key = h.item_key
    UNION
    SELECT min(u.position), min(i.item_key)
    FROM unmatched AS u
    JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND lower(i.content_guid) = u.content_guid
    WHERE NOT EXISTS (SELECT FROM item_match AS t
                      WHERE t.content_guid = u.content_guid AND t.position <> u.position AND NOT t.is_dropped)
    GROUP BY u.content_guid
    HAVING count(*) = 1
)
INSERT INTO undecided_item (position, request_id)
SELECT k.position, i.request_id
FROM candidate AS k
JOIN dcs_mirror.content_item AS i ON i.item_key = k.item_key
LEFT JOIN staged_course AS c ON c.course_key = i.course_key
WHERE NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
  AND NOT (coalesce(c.content = 'unchanged', false) AND i.removed_at IS NULL)
  AND NOT EXISTS (SELECT FROM answered_look_up AS a WHERE a.request_id = i.request_id)
