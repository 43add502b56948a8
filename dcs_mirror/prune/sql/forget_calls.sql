-- Forgets calls that have ended, but no call with a request id: it says for which course the request was submitted,
-- which later submissions and look-ups need (A6, A7). Nor is anything forgotten of an institution with a call
-- without an answer, whose settlement compares it with the others (A6), nor a number of students that the mirror
-- has not stored with its course yet (A1, A5).
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs.institution, dcs_mirror.call
-- writes: dcs_mirror.call
WITH unsettled AS MATERIALIZED (
    SELECT DISTINCT c.hei_id FROM dcs_mirror.call AS c WHERE c.state IN ('sent', 'unknown')
), synced AS MATERIALIZED (
    SELECT i.hei_id, i.last_synced_at FROM dcs.institution AS i
), page AS MATERIALIZED (
    SELECT c.call_id
    FROM dcs_mirror.call AS c
    LEFT JOIN synced AS s ON s.hei_id = c.hei_id
    WHERE c.call_id > :after
      AND c.state NOT IN ('sent', 'unknown')
      AND c.request_id IS NULL
      AND coalesce(c.ended_at, c.sent_at) < :before
      AND c.hei_id NOT IN (SELECT u.hei_id FROM unsettled AS u)
      AND (c.state = 'refused'
           OR c.settlement <> 'taken'
           OR c.course_key IS NOT NULL AND c.ended_at <= s.last_synced_at)
    ORDER BY c.call_id
    LIMIT :batch
), forgotten AS (
    DELETE FROM dcs_mirror.call AS c USING page AS g WHERE c.call_id = g.call_id AND NOT :is_rehearsal
)
SELECT count(*) AS rows, max(g.call_id) AS last FROM page AS g
