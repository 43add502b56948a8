-- What the run did to the institution. An outcome without counts takes over those of the one before.
INSERT INTO dcs_mirror.sync_outcome (
    run_id, hei_id, outcome, courses, content_items, added, changed, removed, renumbered, flagged, error,
    recorded_at, reading_started_at, reading_order
)
SELECT :run_id, :hei_id, :outcome,
       coalesce(:courses, o.courses, 0), coalesce(:content_items, o.content_items, 0),
       :added, :changed, :removed, :renumbered, :flagged,
       :error, :recorded_at, :reading_started_at, :reading_order
FROM (VALUES (:hei_id)) AS asked (hei_id)
LEFT JOIN LATERAL (
    SELECT o.courses, o.content_items
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = asked.hei_id
    ORDER BY o.run_id DESC
    LIMIT 1
) AS o ON true
RETURNING courses, content_items
