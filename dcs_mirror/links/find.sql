-- The item that each line asks for, by a GUID as it is stored or by a request id of any year, among the institutions
-- that may be seen. Of several items of one GUID, one that can be opened goes before others, then one that is not
-- removed. A request id that several institutions have had is ambiguous. OFFSET 0: each line is looked up by itself, on
-- the indexes; the planner would read all items for some thousand lines, because it cannot tell how many there are.
-- takes: places integer[], guids text[], request_ids bigint[], hei_ids integer[], scope integer[]
-- reads: dcs.content_item, dcs.request_id, dcs.course, dcs.status_change, dcs.change
WITH asked AS MATERIALIZED (
    SELECT a.place, a.guid, a.request_id, a.hei_id
    FROM unnest(:places, :guids, :request_ids, :hei_ids) AS a (place, guid, request_id, hei_id)
),
found AS MATERIALIZED (
    SELECT a.place, r.item_key, r.hei_id, true AS by_request
    FROM asked AS a
    CROSS JOIN LATERAL (
        SELECT q.item_key, q.hei_id FROM dcs.request_id AS q WHERE q.request_id = a.request_id OFFSET 0
    ) AS r
    WHERE (a.hei_id IS NULL OR r.hei_id = a.hei_id) AND (:scope IS NULL OR r.hei_id = ANY (:scope))
    UNION ALL
    SELECT a.place, i.item_key, i.hei_id, false
    FROM asked AS a
    CROSS JOIN LATERAL (
        SELECT q.item_key, q.hei_id FROM dcs.content_item AS q WHERE q.content_guid = a.guid OFFSET 0
    ) AS i
    WHERE (a.hei_id IS NULL OR i.hei_id = a.hei_id) AND (:scope IS NULL OR i.hei_id = ANY (:scope))
),
counted AS (
    SELECT f.place, f.item_key,
           f.by_request AND min(f.hei_id) OVER w <> max(f.hei_id) OVER w AS is_ambiguous
    FROM found AS f
    WINDOW w AS (PARTITION BY f.place)
),
best AS (
    SELECT DISTINCT ON (c.place) c.place, c.is_ambiguous, i.item_key, i.hei_id, i.course_key, i.request_id,
           i.is_openable, i.why_not, i.content_url, i.removed_at
    FROM counted AS c
    CROSS JOIN LATERAL (SELECT q.* FROM dcs.content_item AS q WHERE q.item_key = c.item_key OFFSET 0) AS i
    ORDER BY c.place, i.is_openable DESC, i.removed_at DESC NULLS FIRST, i.item_key DESC
)
SELECT b.place, b.is_ambiguous, b.item_key, b.hei_id, b.request_id, b.is_openable, b.why_not,
       CASE
           WHEN b.is_openable OR b.is_ambiguous THEN NULL
           WHEN b.why_not = 'removed' THEN b.removed_at
           WHEN b.why_not = 'course-removed' THEN (
               SELECT o.removed_at FROM dcs.course AS o WHERE o.course_key = b.course_key)
           WHEN b.why_not LIKE 'course-%' THEN (
               SELECT max(h.observed_at) FROM dcs.change AS h
               WHERE h.key = b.course_key AND h.entity = 'course' AND h.kind <> 'added' AND h.details ? 'status')
           WHEN b.why_not = 'no-link' THEN (
               SELECT max(h.observed_at) FROM dcs.change AS h
               WHERE h.key = b.item_key AND h.entity = 'content_item' AND h.kind <> 'added'
                 AND h.details ? 'content_url')
           ELSE (
               SELECT max(s.observed_at) FROM dcs.status_change AS s
               WHERE s.item_key = b.item_key AND s.from_status IS DISTINCT FROM s.to_status)
       END AS since,
       b.content_url
FROM best AS b
