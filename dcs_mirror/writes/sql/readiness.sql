-- A4: what would, or may, block the rollover, with the items that each course holds.
-- takes: hei_id integer
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.course_students,
--   dcs_mirror.feed_state
SELECT k.hei_id, k.course_code, k.name, k.status, k.verdict, k.students, k.sent_at, k.open_call,
       (SELECT count(*) FROM dcs_mirror.content_item AS i
        WHERE i.course_key = k.course_key AND i.removed_at IS NULL
          AND i.content_status IS DISTINCT FROM 'Deleted') AS content_items
FROM (
\ir rollover_obstacles.sql
) AS k
WHERE :hei_id IS NULL OR k.hei_id = :hei_id
ORDER BY k.hei_id, k.verdict, k.course_code, k.course_key
