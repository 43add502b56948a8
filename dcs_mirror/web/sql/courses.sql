-- The answer to GetCourses: the courses that the DCS lists now. Without a row if the account does not see the
-- institution; without a body if its courses were never read.
-- takes: name text, hei_id integer
-- reads: dcs_mirror.account, dcs_mirror.institution, dcs_mirror.sync_outcome, dcs_mirror.course, dcs_mirror.change
WITH institution AS (
    SELECT i.hei_id, (
        SELECT s.reading_started_at
        FROM dcs_mirror.sync_outcome AS s
        WHERE s.hei_id = i.hei_id AND s.reading_order IS NOT NULL
        ORDER BY s.run_id DESC
        LIMIT 1
    ) AS read_at
    FROM dcs_mirror.account AS a
    JOIN dcs_mirror.institution AS i ON i.subscribed AND (a.hei_ids IS NULL OR i.hei_id = ANY (a.hei_ids))
    WHERE a.name = :name AND i.hei_id = :hei_id
)
SELECT
    CASE WHEN i.read_at IS NOT NULL OR count(c.course_key) > 0 THEN
        '{"courses":[' || coalesce(string_agg(
            CASE WHEN c.extra = '{}' THEN row_to_json(e)::text ELSE (to_jsonb(e) || c.extra)::text END,
            ',' ORDER BY c.course_id), '')
        || '],"status":"ok","status-code":100,"status-message":"Success","total-results":'
        || count(c.course_key) || '}'
    END AS body,
    i.read_at,
    -- If no change is kept any more, nothing changed since the latest reading.
    coalesce((
\ir latest_change.sql
    ), i.read_at) AS changed_at
FROM institution AS i
LEFT JOIN dcs_mirror.course AS c ON c.hei_id = i.hei_id AND c.removed_at IS NULL
LEFT JOIN LATERAL (
    SELECT c.academic_year AS "academic-year", c.status AS status, c.course_code AS "course-code",
           c.duration AS duration, c.course_id AS id, c.lecturer AS lecturer, c.name AS name
) AS e ON true
GROUP BY i.hei_id, i.read_at
