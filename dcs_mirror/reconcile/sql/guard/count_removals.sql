-- C3: count the live items and courses, and those that would be marked as removed.
-- takes: hei_id integer, list_complete boolean
-- reads: absent_item, dcs_mirror.content_item, dcs_mirror.course, staged_course
SELECT (SELECT count(*) FROM absent_item) + coalesce(sum(c.absent::integer), 0) AS removals,
       (SELECT count(*) FROM dcs_mirror.content_item AS i
        WHERE i.hei_id = :hei_id AND i.removed_at IS NULL) AS live_items,
       count(*) AS live_courses
FROM (
    SELECT :list_complete
           AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key) AS absent
    FROM dcs_mirror.course AS c
    WHERE c.hei_id = :hei_id AND c.removed_at IS NULL
) AS c
