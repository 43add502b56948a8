-- The digest stands for the stored courses: a reading that changed single ones makes it void.
UPDATE dcs_mirror.institution AS i
SET courses_digest = CASE WHEN :whole THEN :list_digest END
WHERE i.hei_id = :hei_id
  AND (:whole AND i.courses_digest IS DISTINCT FROM :list_digest
       OR NOT :whole AND i.courses_digest IS NOT NULL
          AND (EXISTS (SELECT FROM pending_change WHERE entity = 'course')
               OR EXISTS (SELECT FROM staged_course WHERE is_new)))
