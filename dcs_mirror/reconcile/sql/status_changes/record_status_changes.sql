-- S1: status and licence before and after, and the interval in which they changed.
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
       CASE WHEN p.details ? 'removed_at' THEN i.seen_at
            ELSE greatest(
                -- A rehearsal clock may have been set back since.
                CASE WHEN i.seen_at <= coalesce(s.fetched_at, :observed_at) THEN i.seen_at END,
                coalesce(c.last_read_at, greatest(o.read_at, coalesce(o.unread_since, :last_read_at)))
            )
       END,
       coalesce(s.fetched_at, :observed_at)
FROM pending_change AS p
JOIN dcs_mirror.content_item AS i ON i.item_key = p.key
LEFT JOIN item_match AS s ON s.item_key = i.item_key AND NOT s.is_dropped
LEFT JOIN staged_course AS c
  ON c.course_key = coalesce((p.details -> 'course_key' ->> 0)::bigint, i.course_key)
LEFT JOIN dcs_mirror.course AS o
  ON o.course_key = coalesce((p.details -> 'course_key' ->> 0)::bigint, i.course_key)
WHERE p.entity = 'content_item'
  AND (p.details ? 'content_status' OR p.details ? 'licence')
ORDER BY i.item_key
