-- Forgets whom flags were assigned to that were resolved long ago: it may be the name of a person. The flags stay.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.recheck_flag
-- writes: dcs_mirror.recheck_flag
WITH page AS MATERIALIZED (
    SELECT f.flag_id
    FROM dcs_mirror.recheck_flag AS f
    WHERE f.flag_id > :after AND f.resolved_at < :before AND f.assigned_to IS NOT NULL
    ORDER BY f.flag_id
    LIMIT :batch
), forgotten AS (
    UPDATE dcs_mirror.recheck_flag AS f
    SET assigned_to = NULL
    FROM page AS g
    WHERE f.flag_id = g.flag_id AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(g.flag_id) AS last FROM page AS g
