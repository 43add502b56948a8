-- C5: the outcome of a reading that shows nothing new, if what it was compared with is still what is stored, and
-- if no other session writes the institution. Else there is no row. Its counts are those of the outcome before.
-- takes: hei_id integer, name text, list_digest bytea, course_ids bigint[], digests bytea[], run_id bigint,
--   outcome text, error text, recorded_at timestamptz, reading_started_at timestamptz, reading_order bigint,
--   last_order bigint
-- reads: dcs_mirror.course, dcs_mirror.institution, dcs_mirror.lock, dcs_mirror.sync_outcome
-- writes: dcs_mirror.sync_outcome
WITH held AS MATERIALIZED (
    SELECT FROM dcs_mirror.lock AS l WHERE l.name = 'institution' AND l.id = :hei_id FOR UPDATE SKIP LOCKED
),
recorded AS (
    INSERT INTO dcs_mirror.sync_outcome (
        run_id, hei_id, outcome, error, courses, content_items, recorded_at, reading_started_at, reading_order,
        is_full, last_order
    )
    SELECT :run_id, :hei_id, :outcome, :error, o.courses, o.content_items, :recorded_at, :reading_started_at,
           :reading_order, true, :last_order
    FROM dcs_mirror.institution AS i
    CROSS JOIN LATERAL (
        SELECT o.courses, o.content_items
        FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = i.hei_id
        ORDER BY o.run_id DESC
        LIMIT 1
    ) AS o
    WHERE EXISTS (SELECT FROM held)
      AND i.hei_id = :hei_id
      AND i.subscribed
      AND (:name IS NULL OR :name = i.name)
      AND i.courses_digest = :list_digest
      AND NOT EXISTS (
          SELECT FROM unnest(:course_ids, :digests) AS r (course_id, digest)
          WHERE NOT EXISTS (SELECT FROM dcs_mirror.course AS c
                            WHERE c.hei_id = :hei_id AND c.course_id = r.course_id AND c.removed_at IS NULL
                              AND c.digest = r.digest))
    ON CONFLICT (hei_id, run_id) DO NOTHING
    RETURNING *
)
SELECT o.hei_id, o.outcome, o.courses, o.content_items, o.added, o.changed, o.removed, o.renumbered, o.flagged,
       o.quarantined, o.courses_changed, o.error
FROM recorded AS o
