-- Who asks, which institution they may see, and what its answers depend on: they are the same as long as neither its
-- latest change nor its latest reading is another one. A row for each question whose account exists.
-- takes: names text[], hei_ids integer[]
-- reads: dcs_mirror.account, dcs_mirror.institution, dcs_mirror.sync_outcome, dcs_mirror.change
SELECT q.name, q.hei_id, a.secret_digest, a.hei_ids IS NULL AS sees_all, a.may, a.hei_ids,
       i.hei_id IS NOT NULL AS is_seen, coalesce(i.subscribed, false) AS is_subscribed,
       (SELECT max(c.change_id) FROM dcs_mirror.change AS c WHERE c.hei_id = i.hei_id) AS change_id,
       o.run_id, o.recorded_at
FROM unnest(:names, :hei_ids) AS q (name, hei_id)
JOIN dcs_mirror.account AS a ON a.name = q.name
LEFT JOIN dcs_mirror.institution AS i
    ON i.hei_id = q.hei_id AND (a.hei_ids IS NULL OR i.hei_id = ANY (a.hei_ids))
LEFT JOIN LATERAL (
    SELECT s.run_id, s.recorded_at
    FROM dcs_mirror.sync_outcome AS s
    WHERE s.hei_id = i.hei_id
    ORDER BY s.run_id DESC
    LIMIT 1
) AS o ON true
