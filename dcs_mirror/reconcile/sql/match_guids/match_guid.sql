-- R1, fourth: one incoming item and one stored one have the same GUID, and nothing else that is stored or came
-- has it. A GUID is only likely evidence: something else must agree as well, the reading must be whole, and the
-- look-up of the stored item's id, which is certain, must have been answered. If that would take too many
-- look-ups (guids_first), an item that its own course lists under the same GUID need not be looked up.
-- takes: hei_id integer, is_whole boolean, guids_first boolean
-- reads: answered_look_up, dcs_mirror.content_item, item_match, staged_course, staged_item
-- writes: item_match
WITH incoming AS (
    SELECT m.content_guid, min(m.position) AS position
    FROM item_match AS m
    WHERE NOT m.is_dropped AND m.content_guid IS NOT NULL
    GROUP BY m.content_guid
    HAVING count(*) = 1 AND bool_and(m.item_key IS NULL)
),
stored AS (
    SELECT n.position, min(i.item_key) AS item_key
    FROM incoming AS n
    JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND lower(i.content_guid) = n.content_guid
    GROUP BY n.position
    HAVING count(*) = 1
)
UPDATE item_match AS m
SET item_key = i.item_key, stored_request_id = i.request_id, via = 'content-guid'
FROM stored AS k
JOIN dcs_mirror.content_item AS i ON i.item_key = k.item_key
JOIN staged_item AS s ON s.position = k.position
LEFT JOIN staged_course AS c ON c.course_key = i.course_key
WHERE m.position = k.position
  AND NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
  AND NOT (coalesce(c.content = 'unchanged', false) AND i.removed_at IS NULL)
  AND (:is_whole AND EXISTS (SELECT FROM answered_look_up AS a WHERE a.request_id = i.request_id)
       OR :guids_first AND (:is_whole OR m.course_key = i.course_key AND c.content = 'whole'))
  AND (m.course_key = i.course_key
       OR s.identifier <> '' AND s.identifier = i.identifier
          AND s.page_range <> '' AND s.page_range = i.page_range
       OR s.extract_title <> '' AND s.extract_title = i.extract_title)
