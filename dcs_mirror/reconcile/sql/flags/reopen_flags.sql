-- S5: a flag that was resolved because its item was removed opens again if the item is there and still in the
-- state that was flagged, whatever its id and course are now. It keeps its acknowledgement.
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
        AND s.observed_at > f.resolved_at
        AND CASE f.kind WHEN 'pending' THEN s.to_status IS DISTINCT FROM 'Pending'
                        ELSE s.to_status IS DISTINCT FROM 'Active' OR s.licence ILIKE 'covered%' END)
