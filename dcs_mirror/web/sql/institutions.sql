-- The answer to GetInstitutions: those that the DCS lists now and the account sees.
-- takes: name text
-- reads: dcs_mirror.account, dcs_mirror.institution, dcs_mirror.sync_run
SELECT
    '{"institutions":['
    || coalesce(string_agg(row_to_json(e)::text, ',' ORDER BY i.hei_id) FILTER (WHERE i.subscribed), '')
    || '],"status":"ok","status-code":100,"status-message":"Success","total-results":'
    || count(i.hei_id) FILTER (WHERE i.subscribed) || '}' AS body,
    (
        SELECT r.started_at
        FROM dcs_mirror.sync_run AS r
        WHERE r.kind = 'sync' AND r.outcome IN ('complete', 'partial')
           OR r.kind = 'institutions' AND r.outcome = 'complete'
        ORDER BY r.run_id DESC
        LIMIT 1
    ) AS read_at,
    -- Those that withdrew count, too, and which of them an account sees is fixed when it is added.
    greatest(a.created_at, max(i.changed_at)) AS changed_at
FROM dcs_mirror.account AS a
LEFT JOIN dcs_mirror.institution AS i ON a.hei_ids IS NULL OR i.hei_id = ANY (a.hei_ids)
CROSS JOIN LATERAL (SELECT i.hei_id AS id, i.name) AS e
WHERE a.name = :name
GROUP BY a.created_at
