-- Items that were not read themselves, in a course whose code changed.
-- takes: observed_at timestamptz
-- reads: dcs_mirror.course, pending_change
-- writes: dcs_mirror.content_item, pending_change
WITH renamed AS (
    SELECT c.course_key, c.course_code, p.details -> 'course_code' AS pair
    FROM pending_change AS p
    JOIN dcs_mirror.course AS c ON c.course_key = p.key
    WHERE p.entity = 'course' AND p.details ? 'course_code'
),
after AS (
    UPDATE dcs_mirror.content_item AS i
    SET course_code = r.course_code, changed_at = :observed_at
    FROM renamed AS r
    WHERE i.course_key = r.course_key AND i.course_code IS DISTINCT FROM r.course_code
    RETURNING i.item_key, r.pair
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'content_item', item_key, 'changed', jsonb_build_object('course_code', pair)
FROM after
