-- The digest stands for the stored courses, so this runs before they are written: a reading that changes single
-- courses makes it void. C5: a list leaves no digest and is read again if a part of it was not applied, because
-- a fresher reading knew better, or if a live item is in a course that it does not have. A stale list, of which
-- nothing is applied, leaves the digest as it is.
-- takes: is_full boolean, list_is_stale boolean, list_reading_order bigint, list_digest bytea, hei_id integer
-- reads: dcs_mirror.content_item, dcs_mirror.course, item_match, staged_course
-- writes: dcs_mirror.institution
UPDATE dcs_mirror.institution AS i
SET courses_digest = CASE
        WHEN :is_full AND :list_is_stale THEN :list_digest
        WHEN :is_full
             AND NOT EXISTS (SELECT FROM dcs_mirror.course AS c
                             WHERE c.hei_id = :hei_id AND c.list_order > :list_reading_order)
             AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS t
                             WHERE t.hei_id = :hei_id
                               AND t.reading_order > :list_reading_order
                               AND t.removed_at IS NULL
                               AND t.course_key IS NOT NULL
                               AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = t.course_key))
             THEN :list_digest
    END
WHERE i.hei_id = :hei_id
  AND (:is_full AND i.courses_digest IS DISTINCT FROM :list_digest
       OR NOT :is_full AND i.courses_digest IS NOT NULL
          AND (EXISTS (SELECT FROM staged_course AS s
                       LEFT JOIN dcs_mirror.course AS c ON c.course_key = s.course_key
                       WHERE (c.course_id, c.course_code, c.name, c.academic_year, c.status, c.duration, c.lecturer,
                              c.extra, c.removed_at)
                             IS DISTINCT FROM
                             (s.course_id, s.course_code, s.name, s.academic_year, s.status, s.duration, s.lecturer,
                              s.extra, NULL))
               OR EXISTS (SELECT FROM item_match AS m
                          JOIN dcs_mirror.course AS c ON c.course_key = m.course_key
                          WHERE m.asked_id IS NOT NULL AND NOT m.is_dropped AND c.removed_at IS NOT NULL)))
