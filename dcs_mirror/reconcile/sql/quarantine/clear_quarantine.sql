-- W4: a record in quarantine is cleared if the answer that held it was read again without it, if its course
-- is gone, or if a full reading no longer needs to look its request up.
-- takes: list_reading_order bigint, is_full boolean, list_is_stale boolean, hei_id integer, observed_at timestamptz
-- reads: dcs_mirror.course, dcs_mirror.quarantine, staged_course, staged_item, staged_miss, staged_rejected
-- writes: dcs_mirror.quarantine
WITH place AS (
    SELECT q.quarantine_id,
           CASE WHEN q.course_key IS NOT NULL
                    THEN CASE WHEN s.content IN ('whole', 'partial', 'unchanged') THEN s.reading_order
                              WHEN c.removed_at IS NOT NULL THEN :list_reading_order END
                WHEN q.request_id IS NULL
                    THEN CASE WHEN :is_full AND NOT :list_is_stale THEN :list_reading_order END
                WHEN NOT EXISTS (SELECT FROM staged_miss AS n
                                 WHERE n.request_id = q.request_id AND NOT n.is_answered
                                   AND NOT EXISTS (SELECT FROM staged_rejected AS r
                                                   WHERE r.asked_id = n.request_id))
                    THEN CASE WHEN :is_full AND NOT :list_is_stale
                                OR q.request_id IN (SELECT i.asked_id FROM staged_item AS i)
                                OR q.request_id IN (SELECT n.request_id FROM staged_miss AS n)
                              THEN :list_reading_order END
           END AS read_order
    FROM dcs_mirror.quarantine AS q
    LEFT JOIN staged_course AS s ON s.course_key = q.course_key
    LEFT JOIN dcs_mirror.course AS c ON c.course_key = q.course_key
    WHERE q.hei_id = :hei_id AND q.cleared_at IS NULL
)
UPDATE dcs_mirror.quarantine AS q
SET cleared_at = :observed_at, reading_order = p.read_order
FROM place AS p
WHERE p.quarantine_id = q.quarantine_id
  AND q.reading_order <= p.read_order
  AND NOT EXISTS (
      SELECT FROM staged_rejected AS r
      LEFT JOIN staged_course AS s ON s.course_id = r.course_id
      WHERE (s.course_key, r.asked_id, r.reason, r.raw_text)
            IS NOT DISTINCT FROM (q.course_key, q.request_id, q.reason, q.raw_text))
