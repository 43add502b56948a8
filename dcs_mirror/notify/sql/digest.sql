-- How much changed since, in numbers, and what is open now. Counted is each item once.
-- takes: hei_id integer, after bigint, since timestamptz
-- reads: dcs.change, dcs.content_item, dcs.recheck_flag
WITH item AS MATERIALIZED (
    SELECT c.key, max(c.change_id) AS change_id, max(c.observed_at) AS observed_at,
           bool_or(c.kind = 'added') AS is_new, bool_or(c.kind = 'renumbered') AS is_renumbered,
           bool_or(c.kind = 'changed' AND c.details -> 'content_status' IS NOT NULL) AS has_other_status,
           (array_agg(lower(btrim(c.details -> 'content_status' ->> 0)) ORDER BY c.change_id)
               FILTER (WHERE c.kind <> 'added' AND c.details -> 'content_status' IS NOT NULL))[1] AS status_before
    FROM dcs.change AS c
    WHERE c.hei_id = :hei_id AND c.entity = 'content_item' AND c.change_id > :after
      AND (:since IS NULL OR c.observed_at >= :since)
    GROUP BY c.key
), now AS MATERIALIZED (
    SELECT t.*, i.removed_at IS NOT NULL AS is_removed, lower(btrim(i.content_status)) AS status, i.is_openable
    FROM item AS t
    JOIN dcs.content_item AS i ON i.item_key = t.key
), course AS MATERIALIZED (
    SELECT c.key, bool_or(c.kind = 'added') AS is_new, bool_or(c.kind = 'removed') AS is_removed,
           max(c.observed_at) AS observed_at
    FROM dcs.change AS c
    WHERE c.hei_id = :hei_id AND c.entity = 'course' AND c.change_id > :after
      AND (:since IS NULL OR c.observed_at >= :since)
    GROUP BY c.key
)
SELECT count(*) FILTER (WHERE n.is_new AND NOT n.is_removed) AS new,
       count(*) FILTER (WHERE n.is_removed) AS removed,
       count(*) FILTER (WHERE n.is_renumbered AND NOT n.is_removed) AS renumbered,
       count(*) FILTER (WHERE n.status_before <> 'active' AND n.status = 'active' AND NOT n.is_removed) AS opened,
       count(*) FILTER (WHERE n.status_before = 'active' AND n.status <> 'active' AND NOT n.is_removed) AS closed,
       count(*) FILTER (WHERE n.status = 'rejected' AND (n.is_new OR n.status_before <> 'rejected')
                          AND NOT n.is_removed) AS rejected,
       count(*) FILTER (WHERE NOT n.is_new AND NOT n.is_removed AND NOT n.is_renumbered
                          AND NOT n.has_other_status) AS changed,
       (SELECT count(*) FROM course AS o WHERE o.is_new) AS new_courses,
       (SELECT count(*) FROM course AS o WHERE o.is_removed) AS removed_courses,
       (SELECT count(*) FROM course AS o WHERE NOT o.is_new AND NOT o.is_removed) AS changed_courses,
       (SELECT count(*) FROM dcs.recheck_flag AS f
        WHERE f.hei_id = :hei_id AND f.resolved_at IS NULL AND f.acknowledged_at IS NULL) AS open_flags,
       greatest(max(n.observed_at), (SELECT max(o.observed_at) FROM course AS o)) AS occurred_at
FROM now AS n
