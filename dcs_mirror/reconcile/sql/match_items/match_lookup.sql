-- R4: an item that was looked up by an id is the stored item that has, or once had, that id (R2: a live one, if there
-- is one). If the ids of several stored items are answered with it, the one whose current id was asked for takes it,
-- of several one with its GUID, then the one in its course, then the one that was seen first, else the one with the
-- lowest id. The ids of the others lead to it, too (record_asked_ids).
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match, staged_item
-- writes: item_match
WITH answer AS (
    SELECT m.position, i.item_key, i.request_id,
           row_number() OVER (
               PARTITION BY m.position
               ORDER BY i.request_id = s.asked_id DESC, coalesce(lower(i.content_guid) = m.content_guid, false) DESC,
                        m.course_code IS NOT DISTINCT FROM i.course_code DESC, i.first_seen_at, i.request_id
           ) AS place
    FROM item_match AS m
    JOIN staged_item AS s ON s.request_id = m.request_id AND s.asked_id IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT b.item_key
        FROM (
            SELECT c.item_key, c.removed_at IS NOT NULL AS is_removed, false AS had_it
            FROM dcs_mirror.content_item AS c
            WHERE c.hei_id = :hei_id AND c.request_id = s.asked_id
            UNION ALL
            SELECT h.item_key, c.removed_at IS NOT NULL, true
            FROM dcs_mirror.request_id_history AS h
            JOIN dcs_mirror.content_item AS c ON c.item_key = h.item_key
            WHERE h.hei_id = :hei_id AND h.old_request_id = s.asked_id
        ) AS b
        ORDER BY b.is_removed, b.had_it
        LIMIT 1
    ) AS r
    JOIN dcs_mirror.content_item AS i ON i.item_key = r.item_key
    WHERE m.asked_id IS NOT NULL
      AND m.item_key IS NULL
      AND NOT m.is_dropped
      AND NOT EXISTS (SELECT FROM item_match AS t WHERE t.item_key = i.item_key AND NOT t.is_dropped)
),
claim AS (
    SELECT a.position, a.item_key, a.request_id,
           row_number() OVER (PARTITION BY a.item_key ORDER BY a.position) AS place
    FROM answer AS a
    WHERE a.place = 1
)
UPDATE item_match AS m
SET item_key = c.item_key, stored_request_id = c.request_id, via = 'request-id-lookup'
FROM claim AS c
WHERE c.position = m.position AND c.place = 1
