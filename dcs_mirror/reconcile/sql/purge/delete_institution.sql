-- Delete everything of an institution that withdraws, from every table. Foreign keys are checked when all of
-- it is gone.
-- takes: hei_id integer
-- writes: dcs_mirror.account, dcs_mirror.account_action, dcs_mirror.call, dcs_mirror.change,
--   dcs_mirror.content_item, dcs_mirror.course, dcs_mirror.institution, dcs_mirror.job, dcs_mirror.lock, dcs_mirror.notification, dcs_mirror.quarantine,
--   dcs_mirror.reader, dcs_mirror.recheck_flag, dcs_mirror.refresh_request, dcs_mirror.request_id_history,
--   dcs_mirror.rollover, dcs_mirror.status_change, dcs_mirror.sync_outcome, dcs_mirror.target,
--   dcs_mirror.target_report, dcs_mirror.told
WITH institution AS (
    DELETE FROM dcs_mirror.institution WHERE hei_id = :hei_id RETURNING 1
),
course AS (
    DELETE FROM dcs_mirror.course WHERE hei_id = :hei_id RETURNING 1
),
content_item AS (
    DELETE FROM dcs_mirror.content_item WHERE hei_id = :hei_id RETURNING 1
),
request_id_history AS (
    DELETE FROM dcs_mirror.request_id_history WHERE hei_id = :hei_id RETURNING 1
),
status_change AS (
    DELETE FROM dcs_mirror.status_change WHERE hei_id = :hei_id RETURNING 1
),
recheck_flag AS (
    DELETE FROM dcs_mirror.recheck_flag WHERE hei_id = :hei_id RETURNING 1
),
rollover AS (
    DELETE FROM dcs_mirror.rollover WHERE hei_id = :hei_id RETURNING 1
),
change AS (
    DELETE FROM dcs_mirror.change WHERE hei_id = :hei_id RETURNING 1
),
sync_outcome AS (
    DELETE FROM dcs_mirror.sync_outcome WHERE hei_id = :hei_id RETURNING 1
),
quarantine AS (
    DELETE FROM dcs_mirror.quarantine WHERE hei_id = :hei_id RETURNING 1
),
call AS (
    DELETE FROM dcs_mirror.call WHERE hei_id = :hei_id RETURNING 1
),
notification AS (
    DELETE FROM dcs_mirror.notification WHERE hei_id = :hei_id RETURNING 1
),
told AS (
    DELETE FROM dcs_mirror.told WHERE hei_id = :hei_id RETURNING 1
),
job AS (
    DELETE FROM dcs_mirror.job WHERE hei_id = :hei_id RETURNING 1
),
refresh_request AS (
    DELETE FROM dcs_mirror.refresh_request WHERE hei_id = :hei_id RETURNING 1
),
-- Without those of programs that write to the institution now.
lock AS (
    DELETE FROM dcs_mirror.lock AS l
    WHERE l.name IN ('institution', 'submitting', 'students', 'courses') AND l.id = :hei_id
      AND NOT dcs_mirror.is_held(l.held_by)
),
-- An account of no other institution is left with none: null would mean all.
account AS (
    UPDATE dcs_mirror.account SET hei_ids = array_remove(hei_ids, :hei_id) WHERE :hei_id = ANY (hei_ids)
),
account_action AS (
    DELETE FROM dcs_mirror.account_action WHERE hei_id = :hei_id RETURNING 1
),
reader AS (
    UPDATE dcs_mirror.reader SET hei_ids = array_remove(hei_ids, :hei_id) WHERE :hei_id = ANY (hei_ids)
),
-- Columns registered for it alone; of those that others share, what was reported of it.
target_report AS (
    DELETE FROM dcs_mirror.target_report WHERE hei_id = :hei_id RETURNING 1
),
target AS (
    DELETE FROM dcs_mirror.target WHERE hei_id = :hei_id RETURNING 1
)
SELECT (SELECT count(*) FROM institution) AS institution,
       (SELECT count(*) FROM course) AS course,
       (SELECT count(*) FROM content_item) AS content_item,
       (SELECT count(*) FROM request_id_history) AS request_id_history,
       (SELECT count(*) FROM status_change) AS status_change,
       (SELECT count(*) FROM recheck_flag) AS recheck_flag,
       (SELECT count(*) FROM rollover) AS rollover,
       (SELECT count(*) FROM change) AS change,
       (SELECT count(*) FROM sync_outcome) AS sync_outcome,
       (SELECT count(*) FROM quarantine) AS quarantine,
       (SELECT count(*) FROM call) AS call,
       (SELECT count(*) FROM notification) AS notification,
       (SELECT count(*) FROM told) AS told,
       (SELECT count(*) FROM job) AS job,
       (SELECT count(*) FROM account_action) AS account_action,
       (SELECT count(*) FROM refresh_request) AS refresh_request,
       (SELECT count(*) FROM target_report) AS target_report,
       (SELECT count(*) FROM target) AS target
