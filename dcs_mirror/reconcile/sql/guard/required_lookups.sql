-- R4: an item that still has an id of an earlier year must be looked up by that id before it counts as gone,
-- whatever reading shows it as absent. A full reading also looks up items without a course. Items that a
-- partial answer does not name are looked up too: they may be listed there under an id that says nothing of
-- the old one. A7: the same holds for a request that was submitted through the mirror, because it may live on
-- without a course. R7: if an operator accepted an earlier year, items without a course are looked up by the id that
-- they had in it, because the DCS may not know the one of the later year any more.
-- takes: hei_id integer, academic_year text, is_full boolean
-- reads: absent_item, dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.request_id_history, item_match,
--   staged_course, staged_miss
SELECT i.request_id
FROM dcs_mirror.content_item AS i
LEFT JOIN absent_item AS a ON a.item_key = i.item_key
LEFT JOIN staged_course AS s ON s.course_key = i.course_key
WHERE i.hei_id = :hei_id
  AND i.removed_at IS NULL
  AND (i.academic_year < :academic_year
           AND (a.item_key IS NOT NULL OR s.content = 'partial' OR :is_full AND i.course_key IS NULL)
       OR a.item_key IS NOT NULL
          AND EXISTS (
              SELECT FROM dcs_mirror.call AS c
              WHERE c.hei_id = :hei_id
                AND (c.request_id = i.request_id
                     OR c.request_id IN (SELECT h.old_request_id FROM dcs_mirror.request_id_history AS h
                                         WHERE h.item_key = i.item_key))
          ))
  AND NOT EXISTS (SELECT FROM item_match AS m WHERE m.item_key = i.item_key)
  AND NOT EXISTS (SELECT FROM staged_miss AS n WHERE n.request_id = i.request_id)
UNION
SELECT e.request_id
FROM dcs_mirror.content_item AS i
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT h.old_request_id
                     FROM dcs_mirror.request_id_history AS h
                     WHERE h.item_key = i.item_key AND h.hei_id = :hei_id AND h.academic_year > :academic_year
                     ORDER BY h.academic_year, h.replaced_at, h.old_request_id
                     LIMIT 1), i.request_id) AS request_id
) AS e
WHERE :is_full
  AND i.hei_id = :hei_id
  AND i.removed_at IS NULL
  AND i.course_key IS NULL
  AND i.academic_year > :academic_year
  AND NOT EXISTS (SELECT FROM item_match AS m WHERE m.item_key = i.item_key)
  AND NOT EXISTS (SELECT FROM staged_miss AS n WHERE n.request_id = e.request_id)
ORDER BY request_id
