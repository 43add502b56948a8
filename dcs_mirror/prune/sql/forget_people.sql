-- A6: forgets who asked, in calls that have ended: names and addresses, the notes, which may hold both, and an
-- error that repeats one of them. What was sent otherwise stays.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.call
-- writes: dcs_mirror.call
WITH personal AS (
    SELECT ARRAY['AcademicName', 'EmailAddress', 'LeadLecturer', 'LeadLecturerEmail', 'Notes'] AS keys
), page AS MATERIALIZED (
    SELECT c.call_id
    FROM dcs_mirror.call AS c, personal AS p
    WHERE c.call_id > :after
      AND c.state NOT IN ('sent', 'unknown')
      AND coalesce(c.ended_at, c.sent_at) < :before
      AND c.parameters ?| p.keys
    ORDER BY c.call_id
    LIMIT :batch
), forgotten AS (
    UPDATE dcs_mirror.call AS c
    SET parameters = c.parameters - p.keys,
        error = CASE WHEN EXISTS (
            SELECT FROM jsonb_each_text(c.parameters) AS v
            WHERE v.key = ANY (p.keys) AND v.value <> '' AND strpos(lower(c.error), lower(v.value)) > 0
        ) THEN 'left out, because it repeats what was forgotten' ELSE c.error END
    FROM page AS g, personal AS p
    WHERE c.call_id = g.call_id AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(g.call_id) AS last FROM page AS g
