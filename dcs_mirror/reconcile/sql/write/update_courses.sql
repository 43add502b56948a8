-- Known courses: what changed, and what is remembered of their reading. A course that was not answered, or not
-- asked for, is read again even if its answer turns out to be the one applied last, because the time at which
-- it was seen must be written (S1). A complete answer does not count as having seen the course if an item of it
-- stays although the answer does not tell of it: its look-up got no answer, or the answer has its earlier id.
-- C5: the list's order is kept for the course if the list changed it, or if only this course was read; what else
-- a full reading confirms is as fresh as that reading.
-- W3: since when a listed course is not found is remembered until it is answered.
-- takes: hei_id integer, is_full boolean, list_is_stale boolean, list_reading_order bigint, started_at timestamptz,
--   last_read_at timestamptz, observed_at timestamptz
-- reads: dcs_mirror.content_item, dcs_mirror.course, item_match, staged_course, staged_miss
-- writes: dcs_mirror.course, pending_change
WITH before AS MATERIALIZED (
    SELECT c.* FROM dcs_mirror.course AS c JOIN staged_course AS s ON s.course_key = c.course_key
    WHERE c.hei_id = :hei_id
),
in_doubt AS (
    SELECT i.item_key, i.course_key
    FROM staged_miss AS n
    JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND i.request_id = n.request_id
    WHERE NOT n.is_answered AND i.removed_at IS NULL
    UNION ALL
    SELECT i.item_key, i.course_key
    FROM item_match AS d
    JOIN dcs_mirror.content_item AS i ON i.item_key = d.item_key
    WHERE d.is_dropped AND d.stored_request_id IS NULL AND i.removed_at IS NULL
),
seen AS (
    SELECT s.course_key,
           s.content = 'unchanged'
           OR s.content = 'whole'
              AND NOT EXISTS (
                  SELECT FROM in_doubt AS d
                  WHERE d.course_key = s.course_key
                    AND NOT EXISTS (SELECT FROM item_match AS m
                                    WHERE m.item_key = d.item_key AND NOT m.is_dropped))
              AS is_whole,
           -- Not asked for: its code belongs to another course now. Others are put aside because an answer
           -- that was applied before is fresher.
           s.content = 'unasked' AND s.reading_order IS NULL AS is_unasked
    FROM staged_course AS s
),
-- Materialized, because planning its tables together with those below takes five times as long.
reading AS MATERIALIZED (
    SELECT s.course_key,
           CASE WHEN s.content IN ('unchanged', 'unasked') AND NOT e.is_unasked THEN c.digest
                ELSE s.digest END AS digest,
           CASE WHEN s.content IN ('whole', 'partial') THEN s.reading_order ELSE c.reading_order END
               AS reading_order,
           CASE WHEN :list_is_stale THEN c.list_order ELSE greatest(c.list_order, :list_reading_order) END
               AS list_order,
           CASE WHEN e.is_whole AND NOT :is_full THEN s.fetched_at
                WHEN c.read_at <= :observed_at THEN c.read_at END AS read_at,
           CASE WHEN e.is_whole THEN NULL
                WHEN s.content = 'unasked' AND NOT e.is_unasked THEN c.unread_since
                ELSE coalesce(c.unread_since, greatest(c.read_at, :last_read_at), '-infinity') END AS unread_since,
           CASE WHEN s.content IN ('whole', 'partial', 'unchanged') OR e.is_unasked THEN NULL
                WHEN s.content = 'not-found' AND :is_full AND NOT :list_is_stale
                    THEN coalesce(c.not_found_since, :started_at)
                ELSE c.not_found_since END AS not_found_since,
           (c.course_id, c.course_code, c.name, c.academic_year, c.status, c.duration, c.lecturer, c.removed_at)
               IS DISTINCT FROM
           (s.course_id, s.course_code, s.name, s.academic_year, s.status, s.duration, s.lecturer, NULL)
               AS is_changed
    FROM staged_course AS s
    JOIN seen AS e ON e.course_key = s.course_key
    JOIN dcs_mirror.course AS c ON c.course_key = s.course_key
    WHERE c.hei_id = :hei_id
),
after AS (
    UPDATE dcs_mirror.course AS c
    SET course_id = s.course_id, course_code = s.course_code, name = s.name,
        academic_year = s.academic_year, status = s.status, duration = s.duration, lecturer = s.lecturer,
        extra = s.extra, digest = r.digest, reading_order = r.reading_order, list_order = r.list_order,
        read_at = r.read_at, unread_since = r.unread_since, not_found_since = r.not_found_since,
        removed_at = NULL,
        changed_at = CASE WHEN r.is_changed THEN :observed_at ELSE c.changed_at END
    FROM staged_course AS s
    JOIN reading AS r ON r.course_key = s.course_key
    WHERE c.course_key = s.course_key
      AND (r.is_changed
           OR (c.extra, c.digest, c.read_at, c.unread_since, c.not_found_since)
              IS DISTINCT FROM (s.extra, r.digest, r.read_at, r.unread_since, r.not_found_since)
           OR NOT :is_full AND c.list_order IS DISTINCT FROM r.list_order)
    RETURNING c.*, r.is_changed
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'course', after.course_key,
       CASE WHEN before.removed_at IS NULL THEN 'changed' ELSE 'restored' END,
       dcs_mirror.differences(to_jsonb(before), to_jsonb(after))
           - '{extra,digest,reading_order,list_order,read_at,unread_since,not_found_since,changed_at}'::text[]
FROM after
JOIN before ON before.course_key = after.course_key
WHERE after.is_changed
