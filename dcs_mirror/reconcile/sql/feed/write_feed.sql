-- The change feed, parents before children. dcs.change shows the values of an added row.
-- takes: run_id bigint, hei_id integer, observed_at timestamptz
-- reads: item_match, pending_change, staged_course
-- writes: dcs_mirror.change
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT :run_id, :hei_id, f.entity, f.key, f.kind, f.details, :observed_at
FROM (
    SELECT array_position('{institution,course,content_item}', p.entity) AS place,
           p.entity, p.key, p.kind, p.details
    FROM pending_change AS p
    UNION ALL
    SELECT 2, 'course', s.course_key, 'added', '{}'
    FROM staged_course AS s
    WHERE s.is_new
    UNION ALL
    SELECT 3, 'content_item', m.item_key, 'added', '{}'
    FROM item_match AS m
    WHERE m.is_new
) AS f
ORDER BY f.place, f.key
