-- C5: a course list older than the one applied adds no courses.
DELETE FROM staged_course
WHERE course_key IS NULL AND :list_is_stale
