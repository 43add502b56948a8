-- A6: forgets whose unit updates a file held, and what was set, once nothing was sent of the file for long. Which of
-- its rows are done stays, so that the file is not sent a second time; rows that may have been accepted stay whole,
-- until the file is given again. What was forgotten is no longer found: there is no place to go on from.
-- takes: before timestamptz, after bigint, batch integer, is_rehearsal boolean
-- reads: dcs_mirror.unit_update
-- writes: dcs_mirror.unit_update
WITH done AS MATERIALIZED (
    SELECT u.system, u.file_digest
    FROM dcs_mirror.unit_update AS u
    GROUP BY u.system, u.file_digest
    HAVING max(coalesce(u.answered_at, u.sent_at)) < :before
), page AS MATERIALIZED (
    SELECT u.system, u.file_digest, u.row_number
    FROM dcs_mirror.unit_update AS u
    JOIN done AS d ON d.system = u.system AND d.file_digest = u.file_digest
    WHERE u.contact_id IS NOT NULL AND u.state NOT IN ('sent', 'unanswered') AND :after >= 0
    LIMIT :batch
), forgotten AS (
    UPDATE dcs_mirror.unit_update AS u
    SET contact_id = NULL, competent = NULL, start_date = NULL, end_date = NULL, error = NULL
    FROM page AS g
    WHERE u.system = g.system AND u.file_digest = g.file_digest AND u.row_number = g.row_number AND NOT :is_rehearsal
)
SELECT count(*) AS rows, CASE WHEN count(*) = :batch THEN 0 END AS last FROM page
