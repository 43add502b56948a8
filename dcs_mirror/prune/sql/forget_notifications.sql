-- Forgets notifications that were taken long ago, and those that nobody took for as long.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.notification
-- writes: dcs_mirror.notification
WITH page AS MATERIALIZED (
    SELECT n.notification_id
    FROM dcs_mirror.notification AS n
    WHERE n.notification_id > :after AND coalesce(n.sent_at, n.made_at) < :before
    ORDER BY n.notification_id
    LIMIT :batch
), forgotten AS (
    DELETE FROM dcs_mirror.notification AS n USING page AS g
    WHERE n.notification_id = g.notification_id AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(g.notification_id) AS last FROM page AS g
