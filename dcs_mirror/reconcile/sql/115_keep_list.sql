-- Where the course list is the one applied last, or an older one, the stored courses stand; so does a
-- course that was read by itself after the list was (C5).
UPDATE staged_course AS s
SET course_code = c.course_code, name = c.name, academic_year = c.academic_year, status = c.status,
    duration = c.duration, lecturer = c.lecturer, extra = c.extra
FROM dcs_mirror.course AS c
WHERE c.course_key = s.course_key AND (:list_kept OR :whole AND c.reading_order > :list_order)
