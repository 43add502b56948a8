-- R5: every other listed course is new and gets a key.
-- writes: staged_course
UPDATE staged_course
SET course_key = nextval((SELECT pg_get_serial_sequence('dcs_mirror.course', 'course_key')::regclass)), is_new = true
WHERE course_key IS NULL
