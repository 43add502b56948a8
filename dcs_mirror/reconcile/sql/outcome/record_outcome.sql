-- What the run did to the institution. An outcome without counts takes over those of the outcome before. If a
-- commit was repeated because its answer was lost, the first outcome stands: the second time nothing was
-- changed.
-- takes: run_id bigint, hei_id integer, outcome text, courses integer, content_items integer, added integer,
--   changed integer, removed integer, renumbered integer, flagged integer, quarantined integer, error text,
--   recorded_at timestamptz, reading_started_at timestamptz, reading_order bigint, is_full boolean,
--   courses_changed integer, last_order bigint
-- reads: dcs_mirror.sync_outcome
-- writes: dcs_mirror.sync_outcome
WITH recorded AS (
    INSERT INTO dcs_mirror.sync_outcome (
        run_id, hei_id, outcome, courses, content_items, added, changed, removed, renumbered, flagged, quarantined,
        error, recorded_at, reading_started_at, reading_order, is_full,
        courses_changed, last_order
    )
    SELECT :run_id, :hei_id, :outcome,
           coalesce(:courses, o.courses, 0), coalesce(:content_items, o.content_items, 0),
           :added, :changed, :removed, :renumbered, :flagged, :quarantined,
           :error, :recorded_at, :reading_started_at, :reading_order, :is_full,
           :courses_changed, :last_order
    FROM (VALUES (:hei_id)) AS asked (hei_id)
    LEFT JOIN LATERAL (
        SELECT o.courses, o.content_items
        FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = asked.hei_id
        ORDER BY o.run_id DESC
        LIMIT 1
    ) AS o ON true
    ON CONFLICT (hei_id, run_id) DO NOTHING
    RETURNING *
)
SELECT o.hei_id, o.outcome, o.courses, o.content_items, o.added, o.changed, o.removed, o.renumbered, o.flagged,
       o.quarantined, o.courses_changed, o.error
FROM (
    SELECT * FROM recorded
    UNION ALL
    SELECT * FROM dcs_mirror.sync_outcome WHERE run_id = :run_id AND hei_id = :hei_id
) AS o
