-- Forgets the beginning of the change feed, up to the first entry that is not old, and says so in the same
-- statement: nobody sees a feed that lacks entries above its low-water mark.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.change
-- writes: dcs_mirror.change, dcs_mirror.feed_state
WITH page AS MATERIALIZED (
    SELECT c.change_id, c.observed_at, c.observed_at < :before AS is_old
    FROM dcs_mirror.change AS c
    WHERE c.change_id > :after
    ORDER BY c.change_id
    LIMIT :batch
), old AS MATERIALIZED (
    SELECT g.change_id, g.observed_at
    FROM page AS g
    WHERE g.change_id < coalesce((SELECT min(n.change_id) FROM page AS n WHERE NOT n.is_old), 9223372036854775807)
), forgotten AS (
    DELETE FROM dcs_mirror.change AS c USING old AS o WHERE c.change_id = o.change_id AND NOT :is_rehearsal
), marked AS (
    UPDATE dcs_mirror.feed_state AS s
    SET low_water = greatest(s.low_water, l.change_id), low_water_at = greatest(s.low_water_at, l.observed_at)
    FROM (SELECT max(o.change_id) AS change_id, max(o.observed_at) AS observed_at FROM old AS o) AS l
    WHERE l.change_id IS NOT NULL AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(o.change_id) AS last FROM old AS o
