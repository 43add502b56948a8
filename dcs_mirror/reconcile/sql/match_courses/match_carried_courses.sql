-- R5: when the year advanced, a course under a new id is the live stored course with the same code that no id
-- matched. If several have the code, live courses go before deleted ones.
-- takes: last_read_at timestamptz, hei_id integer, year_advanced boolean
-- reads: dcs_mirror.course, staged_course
-- writes: staged_course
WITH candidate AS (
    SELECT s.course_id, c.course_key,
           greatest(c.read_at, coalesce(c.unread_since, :last_read_at)) AS last_read_at,
           row_number() OVER (PARTITION BY c.course_key ORDER BY s.status = 'Deleted', s.course_id) AS s_place,
           row_number() OVER (PARTITION BY s.course_id ORDER BY c.status = 'Deleted', c.course_key) AS c_place
    FROM staged_course AS s
    JOIN dcs_mirror.course AS c
      ON c.hei_id = :hei_id AND c.course_code = s.course_code AND c.removed_at IS NULL
    WHERE :year_advanced
      AND s.course_key IS NULL
      AND NOT EXISTS (SELECT FROM staged_course AS t WHERE t.course_key = c.course_key)
)
UPDATE staged_course AS s
SET course_key = k.course_key, last_read_at = k.last_read_at
FROM candidate AS k
WHERE k.course_id = s.course_id AND k.s_place = 1 AND k.c_place = 1
