-- A7: what became of the requests that were submitted through the mirror and whose items it has: whether each waits, was
-- rejected, or was decided so that students can or cannot open it, and when that was first seen. A request is decided as
-- soon as it is neither new nor pending. An item that was decided when it was first seen has no earlier status, or an
-- earlier one that was decided. The item of an id is the one that dcs.request_id has, looked up step by step, because most
-- are found by the first. OFFSET 0: each by itself, on the indexes.
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.request_id_history,
--   dcs_mirror.status_change
SELECT r.call_id, r.hei_id, i.item_key, e.ended_at,
       CASE WHEN i.why_not IS NULL THEN 'open'
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
CROSS JOIN LATERAL (
    SELECT t.item_key, t.content_status, t.first_seen_at, t.removed_at,
           dcs_mirror.why_not(t.removed_at, t.content_status, o.course_key IS NOT NULL, o.removed_at, o.status,
                              t.content_url) AS why_not
    FROM dcs_mirror.content_item AS t
    LEFT JOIN dcs_mirror.course AS o ON o.course_key = t.course_key AND o.hei_id = t.hei_id
    WHERE t.item_key = k.item_key
    OFFSET 0
) AS i
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
WHERE r.method = 'SubmitRequest' AND r.request_id IS NOT NULL
  AND (r.state = 'answered' OR r.settlement = 'taken')
