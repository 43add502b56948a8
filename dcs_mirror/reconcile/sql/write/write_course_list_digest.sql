-- The digest stands for the stored courses: a reading that changed single courses makes it void.
-- takes: is_full boolean, list_digest bytea, hei_id integer
-- reads: pending_change, staged_course
-- writes: dcs_mirror.institution
UPDATE dcs_mirror.institution AS i
SET courses_digest = CASE WHEN :is_full THEN :list_digest END
WHERE i.hei_id = :hei_id
  AND (:is_full AND i.courses_digest IS DISTINCT FROM :list_digest
       OR NOT :is_full AND i.courses_digest IS NOT NULL
          AND (EXISTS (SELECT FROM pending_change WHERE entity = 'course')
               OR EXISTS (SELECT FROM staged_course WHERE is_new)))
