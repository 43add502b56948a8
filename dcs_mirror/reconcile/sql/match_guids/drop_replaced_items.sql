-- R8, R2: an institution that is rolled over while it is read lists an item with an id that it has no more by the
-- time that it is looked up. If the look-up's answer names a listed id, which seems to be new, as that of the year
-- before, the two are one item. rollover_signs counts them; only a reading that was held before is applied so.
-- reads: item_match
-- writes: item_match
UPDATE item_match AS m
SET item_key = n.item_key, is_new = false, is_dropped = true
FROM item_match AS n
WHERE m.is_new
  AND m.asked_id IS NULL
  AND n.previous_year_id = m.request_id
  AND n.asked_id IS NOT NULL
  AND NOT n.is_dropped
  AND n.item_key <> m.item_key
