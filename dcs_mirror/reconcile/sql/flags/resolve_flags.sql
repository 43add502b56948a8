-- S5: a flag is resolved by what has happened to its item since. What lacked a licence is reinstated by any
-- licence that covers it.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.recheck_flag
-- writes: dcs_mirror.recheck_flag
UPDATE dcs_mirror.recheck_flag AS f
SET resolved_at = r.changed_at, resolution = r.resolution
FROM (
    SELECT o.flag_id, i.changed_at,
           CASE WHEN i.removed_at IS NOT NULL THEN 'removed'
                WHEN i.content_status IN ('Archived', 'Deleted', 'Rejected') THEN lower(i.content_status)
                WHEN i.content_status = 'Active'
                     AND (o.kind = 'pending' OR i.licence ILIKE 'covered%')
                    THEN 'reinstated'
           END AS resolution
    FROM dcs_mirror.recheck_flag AS o
    JOIN dcs_mirror.content_item AS i ON i.item_key = o.item_key
    WHERE o.hei_id = :hei_id AND o.resolved_at IS NULL
) AS r
WHERE r.flag_id = f.flag_id AND r.resolution IS NOT NULL
