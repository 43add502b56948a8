ALTER TABLE dcs_mirror.call
    ADD COLUMN item_key bigint,
    ADD COLUMN request_state text CHECK (request_state IN ('waiting', 'rejected', 'open', 'closed')),
    ADD COLUMN request_ended_at timestamptz,
    ADD CHECK ((item_key IS NULL) = (request_state IS NULL));

UPDATE dcs_mirror.call AS c
SET item_key = f.item_key, request_state = f.state, request_ended_at = f.ended_at
FROM (
    SELECT r.call_id, k.item_key, e.ended_at,
           CASE WHEN dcs_mirror.why_not(i.removed_at, i.content_status, o.course_key IS NOT NULL, o.removed_at, o.status,
                                        i.content_url) IS NULL THEN 'open'
                WHEN i.content_status = 'Rejected' THEN 'rejected'
                WHEN e.ended_at IS NULL THEN 'waiting'
                ELSE 'closed' END AS state
    FROM dcs_mirror.call AS r
    CROSS JOIN LATERAL (
        SELECT coalesce(
                   (SELECT t.item_key FROM dcs_mirror.content_item AS t
                    WHERE t.hei_id = r.hei_id AND t.request_id = r.request_id AND t.removed_at IS NULL),
                   (SELECT h.item_key
                    FROM dcs_mirror.request_id_history AS h
                    JOIN dcs_mirror.content_item AS t ON t.item_key = h.item_key
                    WHERE h.hei_id = r.hei_id AND h.old_request_id = r.request_id AND t.removed_at IS NULL),
                   (SELECT t.item_key FROM dcs_mirror.content_item AS t
                    WHERE t.hei_id = r.hei_id AND t.request_id = r.request_id),
                   (SELECT h.item_key FROM dcs_mirror.request_id_history AS h
                    WHERE h.hei_id = r.hei_id AND h.old_request_id = r.request_id)) AS item_key
        OFFSET 0
    ) AS k
    JOIN dcs_mirror.content_item AS i ON i.item_key = k.item_key
    LEFT JOIN dcs_mirror.course AS o ON o.course_key = i.course_key AND o.hei_id = i.hei_id
    CROSS JOIN LATERAL (
        SELECT coalesce(
                   (SELECT CASE WHEN s.from_status NOT IN ('New Request', 'Pending') THEN i.first_seen_at
                                ELSE s.observed_at END
                    FROM dcs_mirror.status_change AS s
                    WHERE s.item_key = i.item_key
                      AND (s.from_status NOT IN ('New Request', 'Pending')
                           OR s.to_status NOT IN ('New Request', 'Pending'))
                    ORDER BY s.observed_at, s.status_change_id
                    LIMIT 1),
                   CASE WHEN i.content_status NOT IN ('New Request', 'Pending') THEN i.first_seen_at END,
                   i.removed_at) AS ended_at
    ) AS e
    WHERE r.method = 'SubmitRequest' AND r.request_id IS NOT NULL AND (r.state = 'answered' OR r.settlement = 'taken')
) AS f
WHERE c.call_id = f.call_id;
