-- A1: stores numbers of students that the DCS itself told, as an export of its own. They have no call, but a
-- number among those of the calls, so that a call that is sent later replaces them and a restore forgets them.
-- takes: hei_id integer, course_ids bigint[], students integer[], learnt_at timestamptz
-- reads: dcs_mirror.course
-- writes: dcs_mirror.course_students
WITH place AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('dcs_mirror.call', 'call_id')) AS call_id
)
INSERT INTO dcs_mirror.course_students AS s (course_key, students, call_id, sent_at)
SELECT k.course_key, g.students, p.call_id, :learnt_at
FROM unnest(:course_ids, :students) AS g (course_id, students)
JOIN dcs_mirror.course AS k ON k.hei_id = :hei_id AND k.course_id = g.course_id
CROSS JOIN place AS p
ON CONFLICT (course_key) DO UPDATE
SET students = excluded.students, call_id = excluded.call_id, sent_at = excluded.sent_at
WHERE s.call_id < excluded.call_id
RETURNING (SELECT k.course_id FROM dcs_mirror.course AS k WHERE k.course_key = s.course_key) AS course_id
