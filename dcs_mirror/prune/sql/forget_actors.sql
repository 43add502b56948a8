-- Forgets who did something in the service long ago, and from which address: names of accounts that are there no more,
-- or that were only tried, may be those of people, and so are those whom flags were assigned to. What was done stays.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.account_action, dcs_mirror.account
-- writes: dcs_mirror.account_action
WITH page AS MATERIALIZED (
    SELECT a.action_id, n.is_gone
    FROM dcs_mirror.account_action AS a
    CROSS JOIN LATERAL (
        SELECT a.account IS NOT NULL
               AND NOT EXISTS (SELECT FROM dcs_mirror.account AS o WHERE o.name = a.account) AS is_gone
    ) AS n
    WHERE a.action_id > :after AND a.acted_at < :before AND (n.is_gone OR a.details ?| ARRAY['address', 'assigned_to'])
    ORDER BY a.action_id
    LIMIT :batch
), forgotten AS (
    UPDATE dcs_mirror.account_action AS a
    SET account = CASE WHEN NOT g.is_gone THEN a.account END, details = a.details - ARRAY['address', 'assigned_to']
    FROM page AS g
    WHERE a.action_id = g.action_id AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(g.action_id) AS last FROM page AS g
