-- A course, by which items are narrowed.
-- takes: hei_ids integer[], course_key bigint
-- reads: dcs.course
SELECT c.course_key, c.hei_id, c.course_code, c.name
FROM dcs.course AS c
WHERE c.course_key = :course_key AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
