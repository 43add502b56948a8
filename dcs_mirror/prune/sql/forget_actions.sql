-- Forgets what was done in the service long ago.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.account_action
-- writes: dcs_mirror.account_action
WITH page AS MATERIALIZED (
    SELECT a.action_id
    FROM dcs_mirror.account_action AS a
    WHERE a.action_id > :after AND a.acted_at < :before
    ORDER BY a.action_id
    LIMIT :batch
), forgotten AS (
    DELETE FROM dcs_mirror.account_action AS a USING page AS g
    WHERE a.action_id = g.action_id AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(g.action_id) AS last FROM page AS g
