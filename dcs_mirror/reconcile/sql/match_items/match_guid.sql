-- R1, fourth: the incoming GUID is that of exactly one stored item that nothing else matched, and exactly one
-- incoming item has it. A live item of a course that was not read completely may still be there under its own
-- id of this year, so it is left alone. A reading of single courses leaves the items of other courses alone.
-- takes: hei_id integer, is_full boolean, academic_year text, list_complete boolean
-- reads: dcs_mirror.content_item, item_match, staged_course
-- writes: item_match
WITH incoming AS (
    SELECT s.content_guid AS guid, min(s.position) AS position
    FROM item_match AS s
    WHERE s.item_key IS NULL AND NOT s.is_dropped AND s.content_guid <> ''
    GROUP BY s.content_guid
    HAVING count(*) = 1
),
stored AS (
    SELECT n.position, min(i.item_key) AS item_key
    FROM incoming AS n
    JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND lower(i.content_guid) = n.guid
    WHERE NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
      AND (i.removed_at IS NOT NULL
           OR i.course_key IS NULL AND :is_full
           OR coalesce((SELECT c.content = 'whole'
                               OR c.content <> 'unchanged' AND i.academic_year < :academic_year
                        FROM staged_course AS c WHERE c.course_key = i.course_key),
                       :list_complete OR :is_full AND i.academic_year < :academic_year))
    GROUP BY n.position
    HAVING count(*) = 1
)
UPDATE item_match AS s
SET item_key = i.item_key, stored_request_id = i.request_id, via = 'content-guid'
FROM stored AS k
JOIN dcs_mirror.content_item AS i ON i.item_key = k.item_key
WHERE k.position = s.position
