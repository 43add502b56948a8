-- C5: a course whose items were changed by anything but its own complete answer is read again next time; of an item
-- that moved, both the course that it left and the one that has it. If every course with a digest was read
-- completely, as in a rollover, no change needs to be looked at. R4: when the
-- year advanced, a course whose items have ids of an earlier year is also read again, because its old answer
-- cannot tell whether they belong to this year.
-- takes: hei_id integer, year_advanced boolean, academic_year text
-- reads: dcs_mirror.content_item, dcs_mirror.course, item_match, pending_change, staged_course
-- writes: dcs_mirror.course
WITH standing AS MATERIALIZED (
    SELECT c.course_key
    FROM dcs_mirror.course AS c
    WHERE c.hei_id = :hei_id
      AND c.digest IS NOT NULL
      AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key AND s.content = 'whole')
)
UPDATE dcs_mirror.course AS c
SET digest = NULL
WHERE c.course_key IN (SELECT course_key FROM standing)
  AND c.course_key IN (
      SELECT m.course_key
      FROM pending_change AS p
      JOIN dcs_mirror.content_item AS i ON i.item_key = p.key
      CROSS JOIN LATERAL (
          VALUES (i.course_key), ((p.details -> 'course_key' ->> 0)::bigint)
      ) AS m (course_key)
      WHERE p.entity = 'content_item' AND p.details - 'course_code' <> '{}'
        AND EXISTS (SELECT FROM standing)
      UNION
      SELECT s.course_key FROM item_match AS s
      WHERE s.is_new AND s.asked_id IS NOT NULL
      UNION
      SELECT i.course_key FROM dcs_mirror.content_item AS i
      WHERE :year_advanced
        AND i.hei_id = :hei_id
        AND i.removed_at IS NULL
        AND i.academic_year < :academic_year
  )
