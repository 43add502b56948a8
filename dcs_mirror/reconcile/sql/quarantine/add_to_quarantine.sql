-- W4: records without an id that are not in quarantine yet, one row for those that are alike. An answer from
-- before a record was cleared does not bring it back (C5).
-- takes: hei_id integer, observed_at timestamptz, list_reading_order bigint, list_is_stale boolean
-- reads: dcs_mirror.quarantine, staged_course, staged_rejected
-- writes: dcs_mirror.quarantine
INSERT INTO dcs_mirror.quarantine (
    hei_id, course_key, request_id, position, reason, raw_text, reading_order, first_seen_at
)
SELECT :hei_id, r.course_key, r.asked_id, min(r.position), r.reason, r.raw_text, r.reading_order, :observed_at
FROM (
    SELECT s.course_key, e.asked_id, e.position, e.reason, e.raw_text,
           CASE WHEN e.course_id IS NULL THEN :list_reading_order ELSE s.reading_order END AS reading_order
    FROM staged_rejected AS e
    LEFT JOIN staged_course AS s ON s.course_id = e.course_id
    WHERE CASE WHEN e.course_id IS NOT NULL THEN s.content = 'partial'
               ELSE e.asked_id IS NOT NULL OR NOT :list_is_stale END
) AS r
WHERE NOT EXISTS (
    SELECT FROM dcs_mirror.quarantine AS q
    WHERE q.hei_id = :hei_id
      AND (q.course_key, q.request_id, q.reason, q.raw_text)
          IS NOT DISTINCT FROM (r.course_key, r.asked_id, r.reason, r.raw_text)
      AND (q.cleared_at IS NULL OR q.reading_order > r.reading_order))
GROUP BY r.course_key, r.asked_id, r.reason, r.raw_text, r.reading_order
ORDER BY r.course_key, r.asked_id, min(r.position)
