-- What the outcome counts: content items, by what happened to them.
SELECT (SELECT count(*) FROM item_match WHERE is_new) + count(*) FILTER (WHERE p.kind = 'restored') AS added,
       count(*) FILTER (WHERE p.kind = 'changed') AS changed,
       count(*) FILTER (WHERE p.kind = 'removed') AS removed,
       count(*) FILTER (WHERE p.kind = 'renumbered') AS renumbered,
       (SELECT count(*) FROM dcs_mirror.course WHERE hei_id = :hei_id AND removed_at IS NULL) AS courses,
       (SELECT count(*) FROM dcs_mirror.content_item WHERE hei_id = :hei_id AND removed_at IS NULL)
           AS content_items
FROM pending_change AS p
WHERE p.entity = 'content_item'
