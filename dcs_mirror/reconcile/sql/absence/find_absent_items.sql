-- C1: an item is absent if its course's complete answer does not list it, if the complete course list no
-- longer has its course, or if a look-up by its id was answered with "unknown". C5: unless a fresher answer had
-- the item; then the course is read again next time, because its answer is not what is stored. R4: nor is an item
-- gone if it was asked for by another of its ids, too, and that got no answer. If a full reading asked for its current id
-- and the answer is another item, the two are one (match_lookup), and it is gone whatever its course says, unless that
-- still lists it.
-- takes: hei_id integer, list_complete boolean, list_reading_order bigint, latest_order bigint,
--   newest_reading_order bigint, is_full boolean
-- reads: dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.request_id_history, item_match, staged_course,
--   staged_item, staged_miss
-- writes: absent_item, staged_course
WITH unlisted AS MATERIALIZED (
    SELECT i.item_key, i.course_key, e.reading_order,
           coalesce(i.reading_order > e.reading_order AND i.reading_order <= :latest_order, false) AS is_fresher
    FROM dcs_mirror.content_item AS i
    LEFT JOIN staged_course AS c ON c.course_key = i.course_key
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.course_key IS NULL THEN :list_reading_order ELSE c.reading_order END AS reading_order
    ) AS e
    WHERE i.hei_id = :hei_id
      AND i.removed_at IS NULL
      AND i.course_key IS NOT NULL
      AND (c.content = 'whole' OR c.course_key IS NULL AND :list_complete)
      AND NOT EXISTS (SELECT FROM item_match AS s WHERE s.item_key = i.item_key)
      AND NOT EXISTS (SELECT FROM staged_miss AS n WHERE n.request_id = i.request_id AND NOT n.is_answered)
),
replaced AS (
    SELECT n.request_id, n.reading_order
    FROM staged_miss AS n
    WHERE n.is_answered
    UNION ALL
    SELECT s.asked_id, s.reading_order
    FROM staged_item AS s
    JOIN item_match AS m ON m.request_id = s.request_id AND NOT m.is_dropped
    JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND i.request_id = s.asked_id
    LEFT JOIN staged_course AS c ON c.course_key = i.course_key
    WHERE :is_full AND coalesce(c.content <> 'unchanged', true)
),
suspect AS (
    UPDATE staged_course AS c
    SET digest = NULL
    FROM unlisted AS u
    WHERE u.is_fresher AND u.course_key = c.course_key
)
INSERT INTO absent_item (item_key, reading_order)
SELECT a.item_key, max(a.reading_order)
FROM (
    SELECT u.item_key, u.reading_order
    FROM unlisted AS u
    WHERE NOT u.is_fresher
    UNION ALL
    SELECT i.item_key, n.reading_order
    FROM replaced AS n
    JOIN dcs_mirror.content_item AS i
      ON i.hei_id = :hei_id
     AND i.item_key = coalesce(
             (SELECT c.item_key FROM dcs_mirror.content_item AS c
              WHERE c.hei_id = :hei_id AND c.request_id = n.request_id),
             (SELECT h.item_key FROM dcs_mirror.request_id_history AS h
              WHERE h.hei_id = :hei_id AND h.old_request_id = n.request_id))
    LEFT JOIN dcs_mirror.course AS o ON o.course_key = i.course_key
    WHERE i.removed_at IS NULL
      AND NOT coalesce(n.reading_order < i.reading_order AND i.reading_order <= :latest_order, false)
      AND NOT coalesce(n.reading_order < o.reading_order, false)
      AND NOT coalesce(n.reading_order < :newest_reading_order AND o.removed_at IS NULL AND o.unread_since IS NULL
                       AND o.course_key IS NOT NULL, false)
      AND NOT EXISTS (SELECT FROM item_match AS s WHERE s.item_key = i.item_key)
      AND NOT EXISTS (SELECT FROM staged_miss AS u
                      JOIN dcs_mirror.request_id_history AS h
                        ON h.hei_id = :hei_id AND h.old_request_id = u.request_id
                      WHERE NOT u.is_answered AND h.item_key = i.item_key)
) AS a
GROUP BY a.item_key
