-- How many items an institution had in each state (or under each licence) at the beginning of each of the last months,
-- and now. Counted from what is there now and the changes: an item counts from when it was first seen until it was
-- removed.
-- takes: hei_ids integer[], hei_id integer, by_licence boolean, now timestamptz, sort text, is_descending boolean,
--   skip integer, most integer
-- reads: dcs.content_item, dcs.status_change
WITH item AS MATERIALIZED (
    SELECT i.item_key, i.first_seen_at, i.removed_at, CASE WHEN :by_licence THEN i.licence ELSE i.content_status END AS now_is
    FROM dcs.content_item AS i
    WHERE i.hei_id = :hei_id AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
),
moved AS MATERIALIZED (
    SELECT c.item_key, c.observed_at, c.status_change_id,
           CASE WHEN :by_licence THEN c.licence_before ELSE c.from_status END AS was,
           CASE WHEN :by_licence THEN c.licence ELSE c.to_status END AS became
    FROM dcs.status_change AS c
    WHERE c.hei_id = :hei_id AND (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
),
first_was AS (
    SELECT DISTINCT ON (m.item_key) m.item_key, m.was FROM moved AS m ORDER BY m.item_key, m.status_change_id
),
event AS (
    SELECT i.first_seen_at AS at, CASE WHEN f.item_key IS NULL THEN i.now_is ELSE f.was END AS name, 1 AS items
    FROM item AS i
    LEFT JOIN first_was AS f ON f.item_key = i.item_key
    UNION ALL
    SELECT m.observed_at, m.was, -1 FROM moved AS m WHERE m.was IS DISTINCT FROM m.became
    UNION ALL
    SELECT m.observed_at, m.became, 1 FROM moved AS m WHERE m.was IS DISTINCT FROM m.became
    UNION ALL
    SELECT i.removed_at, i.now_is, -1 FROM item AS i WHERE i.removed_at IS NOT NULL
),
point AS (
    SELECT least(
        (date_trunc('month', :now AT TIME ZONE 'Europe/London') - make_interval(months => n.back) + interval '1 month')
            AT TIME ZONE 'Europe/London',
        :now) AS at
    FROM generate_series(0, 12) AS n (back)
),
monthly AS (
    SELECT (SELECT min(p.at) FROM point AS p WHERE p.at >= e.at) AS at, coalesce(e.name, '') AS name, sum(e.items) AS items
    FROM (
        -- Runs are few: as few instants are compared with the months.
        SELECT g.at, g.name, sum(g.items) AS items FROM event AS g GROUP BY g.at, g.name
    ) AS e
    GROUP BY 1, 2
),
named AS (SELECT DISTINCT m.name FROM monthly AS m),
counted AS (
    SELECT p.at, n.name, coalesce(sum(m.items), 0)::bigint AS items
    FROM point AS p
    CROSS JOIN named AS n
    LEFT JOIN monthly AS m ON m.name = n.name AND m.at <= p.at
    GROUP BY p.at, n.name
)
SELECT c.at, nullif(c.name, '') AS name, c.items, count(*) OVER () AS total_rows
FROM counted AS c
CROSS JOIN LATERAL (
    SELECT CASE :sort WHEN 'name' THEN c.name WHEN 'items' THEN lpad(c.items::text, 12, '0')
                      ELSE to_char(c.at, 'YYYYMMDDHH24MISS') END AS key
) AS s
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.at, c.name
LIMIT :most OFFSET :skip
