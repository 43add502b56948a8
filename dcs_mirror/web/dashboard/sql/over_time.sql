-- How many items an institution had in each state and under each licence at the beginning of each of the last months,
-- and now. Counted from what is there now and the changes: an item counts from when it was first seen until it was
-- removed.
-- takes: hei_ids integer[], hei_id integer, what text, now timestamptz, sort text, is_descending boolean,
--   skip integer, most integer
-- reads: dcs.content_item, dcs.status_change
WITH item AS MATERIALIZED (
    SELECT i.item_key, i.first_seen_at, i.removed_at, i.content_status, i.licence
    FROM dcs.content_item AS i
    WHERE i.hei_id = :hei_id AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
),
moved AS MATERIALIZED (
    SELECT c.item_key, c.observed_at, c.status_change_id, c.from_status, c.to_status, c.licence_before, c.licence
    FROM dcs.status_change AS c
    WHERE c.hei_id = :hei_id AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
),
first_was AS (
    SELECT DISTINCT ON (m.item_key) m.item_key, m.from_status, m.licence_before
    FROM moved AS m
    ORDER BY m.item_key, m.status_change_id
),
event AS (
    SELECT i.first_seen_at AS at, CASE WHEN f.item_key IS NULL THEN i.content_status ELSE f.from_status END AS state,
           CASE WHEN f.item_key IS NULL THEN i.licence ELSE f.licence_before END AS licence, 1 AS items
    FROM item AS i
    LEFT JOIN first_was AS f ON f.item_key = i.item_key
    UNION ALL
    SELECT m.observed_at, m.from_status, m.licence_before, -1 FROM moved AS m
    UNION ALL
    SELECT m.observed_at, m.to_status, m.licence, 1 FROM moved AS m
    UNION ALL
    SELECT i.removed_at, i.content_status, i.licence, -1 FROM item AS i WHERE i.removed_at IS NOT NULL
),
instant AS (
    -- Runs are few: as few instants are compared with the months.
    SELECT e.at, e.state, e.licence, sum(e.items) AS items FROM event AS e GROUP BY e.at, e.state, e.licence
),
point AS (
    SELECT least(
        (date_trunc('month', :now AT TIME ZONE 'Europe/London') - make_interval(months => n.back) + interval '1 month')
            AT TIME ZONE 'Europe/London',
        :now) AS at
    FROM generate_series(0, 12) AS n (back)
),
monthly AS (
    SELECT (SELECT min(p.at) FROM point AS p WHERE p.at >= g.at) AS at, w.what, coalesce(w.name, '') AS name,
           sum(g.items) AS items
    FROM instant AS g
    CROSS JOIN LATERAL (VALUES ('state', g.state), ('licence', g.licence)) AS w (what, name)
    GROUP BY 1, 2, 3
),
named AS (SELECT DISTINCT m.what, m.name FROM monthly AS m),
counted AS (
    SELECT p.at, n.what, n.name, coalesce(sum(m.items), 0)::bigint AS items
    FROM point AS p
    CROSS JOIN named AS n
    LEFT JOIN monthly AS m ON m.what = n.what AND m.name = n.name AND m.at <= p.at
    GROUP BY p.at, n.what, n.name
)
SELECT c.at, c.what, nullif(c.name, '') AS name, c.items, count(*) OVER () AS total_rows
FROM counted AS c
CROSS JOIN LATERAL (
    SELECT CASE :sort WHEN 'name' THEN c.name WHEN 'items' THEN lpad(c.items::text, 12, '0')
                      ELSE to_char(c.at, 'YYYYMMDDHH24MISS') END AS key
) AS s
WHERE :what IS NULL OR c.what = :what
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.at, c.name
LIMIT :most OFFSET :skip
