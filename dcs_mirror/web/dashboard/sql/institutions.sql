-- Institutions as the overview shows them: how fresh each is, and what waits for a person. The counts of courses and
-- items are those of the latest reading, because to count two million items would take too long.
-- takes: hei_ids integer[], hei_id integer, now timestamptz, stale interval, accepted_before timestamptz, sort text,
--   is_descending boolean, skip integer, most integer
-- reads: dcs.institution, dcs.sync_outcome, dcs_mirror.sync_outcome, dcs_mirror.sync_run, dcs_mirror.recheck_flag,
--   dcs.open_call, dcs.submitted_request, dcs.quarantine, dcs_mirror.target_report
SELECT i.hei_id, i.name, i.subscribed, i.academic_year, i.last_synced_at, i.last_sync_outcome, o.courses,
       o.content_items, e.error, f.open_flags, f.new_flags, coalesce(c.open_calls, 0) AS open_calls, q.quarantined, t.failed_columns,
       w.waits, cardinality(w.waits) AS waiting, count(*) OVER () AS total_rows
FROM dcs.institution AS i
LEFT JOIN LATERAL (
    SELECT s.courses, s.content_items
    FROM dcs.sync_outcome AS s
    WHERE s.hei_id = i.hei_id
    ORDER BY s.run_id DESC
    LIMIT 1
) AS o ON true
-- Of the reading whose outcome is last_sync_outcome: a refresh of a course says nothing of why the institution is held.
LEFT JOIN LATERAL (
    SELECT s.error
    FROM dcs_mirror.sync_outcome AS s
    JOIN dcs_mirror.sync_run AS r ON r.run_id = s.run_id
    WHERE s.hei_id = i.hei_id AND coalesce(s.is_full, r.kind = 'sync' OR s.reading_order IS NOT NULL)
    ORDER BY s.run_id DESC
    LIMIT 1
) AS e ON true
CROSS JOIN LATERAL (
    SELECT count(DISTINCT r.item_key) AS open_flags, count(*) FILTER (WHERE r.acknowledged_at IS NULL) AS new_flags
    FROM dcs_mirror.recheck_flag AS r
    WHERE r.hei_id = i.hei_id AND r.resolved_at IS NULL
) AS f
LEFT JOIN (
    SELECT w.hei_id, count(*) AS open_calls
    FROM (
\ir waiting_calls.sql
    ) AS w
    GROUP BY w.hei_id
) AS c ON c.hei_id = i.hei_id
CROSS JOIN LATERAL (
    SELECT count(*) AS quarantined
    FROM dcs.quarantine AS k
    WHERE k.hei_id = i.hei_id AND k.cleared_at IS NULL
) AS q
CROSS JOIN LATERAL (
    SELECT count(*) AS failed_columns
    FROM dcs_mirror.target_report AS p
    WHERE p.hei_id = i.hei_id AND p.error IS NOT NULL
) AS t
-- The things that wait for a person, each once: what is said of each is in verdict.py.
CROSS JOIN LATERAL (
    SELECT array_remove(ARRAY[
        CASE WHEN NOT i.subscribed THEN NULL
             WHEN i.last_sync_outcome = 'held' THEN 'held'
             WHEN i.last_sync_outcome IN ('failed', 'partial') THEN 'unfinished'
             WHEN i.last_synced_at IS NULL THEN 'never read'
             WHEN :now - i.last_synced_at > :stale THEN 'stale' END,
        CASE WHEN f.new_flags > 0 THEN 'flags' END,
        CASE WHEN c.open_calls > 0 THEN 'calls' END,
        CASE WHEN q.quarantined > 0 THEN 'records' END,
        CASE WHEN t.failed_columns > 0 THEN 'columns' END
    ], NULL) AS waits
) AS w
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'name' THEN coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(i.hei_id::text, 12, '0'))
               WHEN 'academic_year' THEN coalesce(i.academic_year, '')
               WHEN 'last_synced_at' THEN coalesce(to_char(i.last_synced_at, 'YYYYMMDDHH24MISS'), '')
               WHEN 'last_sync_outcome' THEN coalesce(i.last_sync_outcome, '')
               WHEN 'content_items' THEN lpad(coalesce(o.content_items, 0)::text, 12, '0')
               WHEN 'courses' THEN lpad(coalesce(o.courses, 0)::text, 12, '0')
               WHEN 'open_flags' THEN lpad(f.open_flags::text, 12, '0')
               WHEN 'waiting' THEN lpad(cardinality(w.waits)::text, 12, '0')
               ELSE lpad(i.hei_id::text, 12, '0')
           END AS key
) AS s
WHERE (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids)) AND (:hei_id IS NULL OR i.hei_id = :hei_id)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, i.hei_id
LIMIT :most OFFSET :skip
