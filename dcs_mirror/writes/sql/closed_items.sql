-- What goes with a course that is archived or deleted, as it is mirrored: its items that are neither removed nor
-- deleted, whether a student can open them, and all ids that they have or had. No row if the course is not mirrored.
-- takes: hei_id integer, course_id bigint
-- reads: dcs.content_item, dcs.institution, dcs_mirror.course, dcs_mirror.request_id_history
SELECT greatest(k.read_at, i.last_synced_at) AS mirrored_at,
       coalesce(n.request_ids, '{}') AS request_ids,
       coalesce(n.open_request_ids, '{}') AS open_request_ids,
       coalesce(n.request_ids, '{}') || ARRAY(
           SELECT h.old_request_id
           FROM dcs_mirror.request_id_history AS h
           WHERE h.hei_id = k.hei_id AND h.item_key = ANY (n.item_keys)
           ORDER BY h.old_request_id
       ) AS all_request_ids
FROM dcs_mirror.course AS k
LEFT JOIN dcs.institution AS i ON i.hei_id = k.hei_id
CROSS JOIN LATERAL (
    SELECT array_agg(t.request_id ORDER BY t.request_id) AS request_ids,
           array_agg(t.request_id ORDER BY t.request_id) FILTER (WHERE t.is_openable) AS open_request_ids,
           array_agg(t.item_key) AS item_keys
    FROM dcs.content_item AS t
    WHERE t.course_key = k.course_key AND t.removed_at IS NULL AND t.content_status IS DISTINCT FROM 'Deleted'
) AS n
WHERE k.hei_id = :hei_id AND k.course_id = :course_id AND k.removed_at IS NULL
