-- The codes of an institution's courses that are neither removed nor deleted.
-- takes: hei_id integer
-- reads: dcs_mirror.course
SELECT DISTINCT k.course_code
FROM dcs_mirror.course AS k
WHERE k.hei_id = :hei_id AND k.removed_at IS NULL AND k.status IS DISTINCT FROM 'Deleted'
ORDER BY k.course_code
