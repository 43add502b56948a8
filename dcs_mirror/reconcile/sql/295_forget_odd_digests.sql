-- A course of whose answer something was dropped is read again next time, whatever its digest.
UPDATE staged_course AS c
SET digest = NULL
WHERE EXISTS (SELECT FROM item_match AS s WHERE s.course_key = c.course_key AND s.is_dropped)
