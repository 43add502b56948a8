-- S1: status and licence before and after, and the interval in which they changed. It begins when the old
-- values were last seen: with the course that held the item until now, if the mirror has all of its content,
-- else with the item itself. It never begins after its end, even if the clock was set back since.
-- takes: hei_id integer, observed_at timestamptz, last_read_at timestamptz
-- reads: dcs_mirror.content_item, dcs_mirror.course, item_match, pending_change, staged_course
-- writes: dcs_mirror.status_change
INSERT INTO dcs_mirror.status_change (
    hei_id, item_key, request_id, from_status, to_status, licence_before, licence, last_seen_at, observed_at
)
SELECT :hei_id, i.item_key, i.request_id,
       CASE WHEN p.details ? 'content_status' THEN p.details -> 'content_status' ->> 0
            ELSE i.content_status END,
       i.content_status,
       CASE WHEN p.details ? 'licence' THEN p.details -> 'licence' ->> 0 ELSE i.licence END,
       i.licence,
       least(
           n.observed_at,
           CASE WHEN p.details ? 'removed_at' OR h.course_key IS NULL THEN i.seen_at
                ELSE greatest(
                    CASE WHEN i.seen_at <= n.observed_at THEN i.seen_at END,
                    CASE WHEN c.course_key IS NOT NULL THEN c.last_read_at
                         ELSE greatest(o.read_at, coalesce(o.unread_since, :last_read_at)) END
                )
           END
       ),
       n.observed_at
FROM pending_change AS p
JOIN dcs_mirror.content_item AS i ON i.item_key = p.key
LEFT JOIN item_match AS s ON s.item_key = i.item_key AND NOT s.is_dropped
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.details ? 'course_key' THEN (p.details -> 'course_key' ->> 0)::bigint
                ELSE i.course_key END AS course_key
) AS h
CROSS JOIN LATERAL (SELECT coalesce(s.fetched_at, :observed_at) AS observed_at) AS n
LEFT JOIN staged_course AS c ON c.course_key = h.course_key
LEFT JOIN dcs_mirror.course AS o ON o.course_key = h.course_key
WHERE p.entity = 'content_item'
  AND (p.details ? 'content_status' OR p.details ? 'licence')
ORDER BY i.item_key
