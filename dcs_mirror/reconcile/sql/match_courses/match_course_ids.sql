-- R5: a listed course is the stored course with the same course id. Also notes when its content was last read
-- (S1).
-- takes: last_read_at timestamptz, hei_id integer
-- reads: dcs_mirror.course
-- writes: staged_course
UPDATE staged_course AS s
SET course_key = c.course_key,
    last_read_at = greatest(c.read_at, coalesce(c.unread_since, :last_read_at))
FROM dcs_mirror.course AS c
WHERE c.hei_id = :hei_id AND c.course_id = s.course_id
