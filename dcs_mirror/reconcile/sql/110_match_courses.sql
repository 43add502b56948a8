-- R5: a listed course is the stored one with its id. Remembers when its content was last read (S1).
UPDATE staged_course AS s
SET course_key = c.course_key,
    last_read_at = greatest(c.read_at, coalesce(c.unread_since, :last_read_at))
FROM dcs_mirror.course AS c
WHERE c.hei_id = :hei_id AND c.course_id = s.course_id
