-- S5: a flag that was resolved because its item was removed opens again if the item is there and still in the
-- state that was flagged, whatever its id and course are now. It keeps its acknowledgement. It stays resolved if the
-- item was put right since: if a change after the one that was flagged would have resolved it. The order of the
-- changes tells which was after, because their times are those of the answers.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.status_change
-- writes: dcs_mirror.recheck_flag
UPDATE dcs_mirror.recheck_flag AS f
SET resolved_at = NULL, resolution = NULL
FROM dcs_mirror.content_item AS i
WHERE f.hei_id = :hei_id
  AND f.resolution = 'removed'
  AND i.item_key = f.item_key
  AND i.removed_at IS NULL
  AND CASE f.kind WHEN 'pending' THEN i.content_status = 'Pending'
                  ELSE i.content_status = 'Active' AND coalesce(i.licence, '') NOT ILIKE 'covered%' END
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.status_change AS s
      WHERE s.item_key = f.item_key
        AND s.status_change_id > (
            SELECT coalesce(max(r.status_change_id), 0)
            FROM dcs_mirror.status_change AS r
            WHERE r.item_key = f.item_key
              AND (r.observed_at, r.from_status, r.to_status, r.licence)
                  IS NOT DISTINCT FROM (f.flagged_at, f.previous_status, f.content_status, f.licence))
        AND (s.to_status IN ('Archived', 'Deleted', 'Rejected')
             OR s.to_status = 'Active' AND (f.kind = 'pending' OR s.licence ILIKE 'covered%')))
