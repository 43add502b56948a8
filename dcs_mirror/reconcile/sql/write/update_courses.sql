-- Known courses: what changed, and what is remembered of their reading. A course that was not answered is
-- read again even if its answer turns out to be the one applied last, because the time at which it was seen
-- must be written (S1). C5: the list's order is kept for the course if the list changed it, or if only this
-- course was read; what else a full reading confirms is as fresh as that reading.
-- takes: hei_id integer, is_full boolean, list_is_stale boolean, list_reading_order bigint, observed_at timestamptz
-- reads: dcs_mirror.course, staged_course
-- writes: dcs_mirror.course, pending_change
WITH before AS MATERIALIZED (
    SELECT c.* FROM dcs_mirror.course AS c JOIN staged_course AS s ON s.course_key = c.course_key
    WHERE c.hei_id = :hei_id
),
reading AS (
    SELECT s.course_key,
           CASE WHEN s.content IN ('unchanged', 'unasked') THEN c.digest ELSE s.digest END AS digest,
           CASE WHEN s.content IN ('whole', 'partial') THEN s.reading_order ELSE c.reading_order END
               AS reading_order,
           CASE WHEN :list_is_stale THEN c.list_order ELSE greatest(c.list_order, :list_reading_order) END
               AS list_order,
           CASE WHEN :is_full OR s.content NOT IN ('whole', 'unchanged') THEN c.read_at
                ELSE s.fetched_at END AS read_at,
           CASE s.content WHEN 'whole' THEN NULL WHEN 'unchanged' THEN NULL WHEN 'unasked' THEN c.unread_since
                ELSE coalesce(c.unread_since, s.last_read_at) END AS unread_since,
           (c.course_id, c.course_code, c.name, c.academic_year, c.status, c.duration, c.lecturer, c.removed_at)
               IS DISTINCT FROM
           (s.course_id, s.course_code, s.name, s.academic_year, s.status, s.duration, s.lecturer, NULL)
               AS is_changed
    FROM staged_course AS s
    JOIN dcs_mirror.course AS c ON c.course_key = s.course_key
    WHERE c.hei_id = :hei_id
),
after AS (
    UPDATE dcs_mirror.course AS c
    SET course_id = s.course_id, course_code = s.course_code, name = s.name,
        academic_year = s.academic_year, status = s.status, duration = s.duration, lecturer = s.lecturer,
        extra = s.extra, digest = r.digest, reading_order = r.reading_order, list_order = r.list_order,
        read_at = r.read_at, unread_since = r.unread_since, removed_at = NULL,
        changed_at = CASE WHEN r.is_changed THEN :observed_at ELSE c.changed_at END
    FROM staged_course AS s
    JOIN reading AS r ON r.course_key = s.course_key
    WHERE c.course_key = s.course_key
      AND (r.is_changed
           OR (c.extra, c.digest, c.read_at, c.unread_since)
              IS DISTINCT FROM (s.extra, r.digest, r.read_at, r.unread_since)
           OR NOT :is_full AND c.list_order IS DISTINCT FROM r.list_order)
    RETURNING c.*, r.is_changed
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'course', after.course_key,
       CASE WHEN before.removed_at IS NULL THEN 'changed' ELSE 'restored' END,
       dcs_mirror.differences(to_jsonb(before), to_jsonb(after))
           - '{extra,digest,reading_order,list_order,read_at,unread_since,changed_at}'::text[]
FROM after
JOIN before ON before.course_key = after.course_key
WHERE after.is_changed
