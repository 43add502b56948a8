-- C5: look-ups of which nobody can tell whether they are fresher than what another reading has applied meanwhile.
-- A full reading asked before and after such a look-up; or, if only requests were asked for, after it. Or the course
-- that the answer names was asked for later, and does not hold the item. They are asked for again.
-- takes: hei_id integer, run_id bigint, is_full boolean, latest_order bigint, look_up_ids bigint[],
--   look_up_orders bigint[], found_ids bigint[], found_course_ids bigint[]
-- reads: dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.sync_outcome
SELECT DISTINCT l.request_id
FROM unnest(:look_up_ids, :look_up_orders, :found_ids, :found_course_ids)
    AS l (request_id, reading_order, found_id, course_id)
WHERE EXISTS (
          SELECT FROM dcs_mirror.sync_outcome AS o
          WHERE o.hei_id = :hei_id
            AND o.run_id <> :run_id
            AND o.last_order > l.reading_order
            AND o.last_order <= :latest_order
            AND (o.reading_order < l.reading_order OR o.reading_order IS NOT NULL AND NOT :is_full))
   OR EXISTS (
          SELECT FROM dcs_mirror.course AS c
          WHERE c.hei_id = :hei_id
            AND c.course_id = l.course_id
            AND c.removed_at IS NULL
            AND c.reading_order > l.reading_order
            AND c.reading_order <= :latest_order
            AND l.found_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS i
                            WHERE i.hei_id = :hei_id AND i.request_id = l.found_id AND i.course_key = c.course_key
                              AND i.removed_at IS NULL))
ORDER BY l.request_id
