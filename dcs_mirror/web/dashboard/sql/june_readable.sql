-- Whether the service's account in the database may read which numbers of students were sent.
-- takes: hei_ids integer[], hei_id integer
-- reads: dcs.institution
SELECT has_table_privilege('dcs_mirror.course_students', 'SELECT')
       AND has_table_privilege('dcs_mirror.call', 'SELECT')
       AND has_table_privilege('dcs_mirror.feed_state', 'SELECT') AS is_readable
FROM dcs.institution AS i
WHERE i.hei_id = :hei_id AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
