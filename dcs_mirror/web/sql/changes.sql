-- Changes after one, of the institutions that an account sees, in the order in which they became visible; and how far
-- the feed goes. One row even if there is none.
-- takes: name text, after bigint, hei_id integer, most integer
-- reads: dcs_mirror.account, dcs.change, dcs.feed_state
SELECT s.epoch::text AS epoch, s.low_water, coalesce(s.high_water, 0) AS high_water,
       coalesce(f.ids, '{}') AS ids, coalesce(f.written, '{}') AS written
FROM dcs.feed_state AS s
CROSS JOIN LATERAL (
    SELECT array_agg(w.change_id ORDER BY w.change_id) AS ids,
           array_agg(w.written ORDER BY w.change_id) AS written
    FROM (
        SELECT c.change_id, row_to_json(c)::text AS written
        FROM dcs_mirror.account AS a
        JOIN dcs.change AS c ON a.hei_ids IS NULL OR c.hei_id = ANY (a.hei_ids)
        WHERE a.name = :name AND c.change_id > :after AND (:hei_id IS NULL OR c.hei_id = :hei_id)
        ORDER BY c.change_id
        LIMIT :most
    ) AS w
) AS f
