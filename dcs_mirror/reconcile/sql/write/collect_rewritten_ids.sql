-- R9: the old ids that downstream may still hold of the items that got a new id in this reading. An id of an
-- earlier reading that an item has again is current; one that an item had until now is rewritten even if
-- another item has it from now on. R2: an id that only a removed item has leads to the live item that the history
-- names, so it is also rewritten when the one is removed or the other restored.
-- Without a registered column they are not needed.
-- takes: hei_id integer, observed_at timestamptz
-- reads: absent_item, dcs_mirror.content_item, dcs_mirror.request_id_history, dcs_mirror.target, item_match,
--   pending_change
-- writes: rewritten_id
WITH removed AS (
    SELECT i.request_id
    FROM absent_item AS a
    JOIN dcs_mirror.content_item AS i ON i.item_key = a.item_key
    UNION
    SELECT i.request_id
    FROM pending_change AS p
    JOIN dcs_mirror.request_id_history AS h ON h.item_key = p.key AND h.hei_id = :hei_id
    JOIN dcs_mirror.content_item AS i
      ON i.hei_id = :hei_id AND i.request_id = h.old_request_id AND i.removed_at IS NOT NULL
    WHERE p.entity = 'content_item' AND p.kind = 'restored'
)
INSERT INTO rewritten_id (old_request_id, request_id)
SELECT f.old_request_id, f.request_id
FROM (
    SELECT h.old_request_id, m.request_id
    FROM dcs_mirror.request_id_history AS h
    JOIN item_match AS m ON m.item_key = h.item_key AND NOT m.is_dropped
    WHERE h.hei_id = :hei_id
      AND (m.stored_request_id <> m.request_id OR h.replaced_at = :observed_at)
      AND (h.old_request_id = m.stored_request_id
           OR (SELECT c.removed_at IS NULL FROM dcs_mirror.content_item AS c
               WHERE c.request_id = h.old_request_id AND c.hei_id = :hei_id) IS NOT TRUE)
    UNION
    SELECT h.old_request_id, i.request_id
    FROM removed AS r
    JOIN dcs_mirror.request_id_history AS h ON h.hei_id = :hei_id AND h.old_request_id = r.request_id
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key AND i.removed_at IS NULL
) AS f
WHERE EXISTS (SELECT FROM dcs_mirror.target AS g WHERE g.hei_id IS NULL OR g.hei_id = :hei_id)
