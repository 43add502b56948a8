-- What the outcome counts: content items, by what happened to them, and courses that are not as they were: what
-- is done to a course opens or closes the links of all its items. The number of live items follows from the
-- one that count_removals found, so that a large institution need not be read through again.
-- takes: live_items bigint, hei_id integer
-- reads: dcs_mirror.course, item_match, pending_change
SELECT n.added + p.restored AS added, p.changed, p.removed, p.renumbered,
       :live_items + n.added + p.back - p.removed AS content_items,
       (SELECT count(*) FROM dcs_mirror.course WHERE hei_id = :hei_id AND removed_at IS NULL) AS courses,
       (SELECT count(*) FROM pending_change WHERE entity = 'course') AS courses_changed
FROM (SELECT count(*) AS added FROM item_match WHERE is_new) AS n
CROSS JOIN (
    SELECT count(*) FILTER (WHERE kind = 'restored') AS restored,
           count(*) FILTER (WHERE kind = 'changed') AS changed,
           count(*) FILTER (WHERE kind = 'removed') AS removed,
           count(*) FILTER (WHERE kind = 'renumbered') AS renumbered,
           -- An item that came back under a new id counts as renumbered.
           count(*) FILTER (WHERE kind <> 'removed' AND details ? 'removed_at') AS back
    FROM pending_change
    WHERE entity = 'content_item'
) AS p
