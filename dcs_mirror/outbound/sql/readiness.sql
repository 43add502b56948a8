-- A4: courses that cannot roll over because they have no students, and those of which nobody here knows.
SELECT k.hei_id, k.course_code, k.name, k.status,
       CASE s.students WHEN 0 THEN 'blocks' ELSE 'unknown' END AS verdict,
       s.students, s.sent_at,
       (SELECT count(*) FROM dcs_mirror.content_item AS i
        WHERE i.course_key = k.course_key AND i.removed_at IS NULL
          AND i.content_status IS DISTINCT FROM 'Deleted') AS content_items
FROM dcs_mirror.course AS k
LEFT JOIN dcs_mirror.course_students AS s ON s.course_key = k.course_key
WHERE (:hei_id IS NULL OR k.hei_id = :hei_id)
  AND k.removed_at IS NULL
  AND coalesce(k.status NOT IN ('Archived', 'Deleted'), true)
  AND coalesce(s.students = 0, true)
ORDER BY k.hei_id, verdict, k.course_code, k.course_key
