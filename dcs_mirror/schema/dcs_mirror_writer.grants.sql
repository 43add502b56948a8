-- What every command but migrate, purge and prune needs. Nothing can be deleted by it but what it registered and
-- rollovers that never were (R7), old quarantine and journals of files, and what is recorded once cannot be changed.

GRANT USAGE ON SCHEMA dcs_mirror, dcs TO :"writer";
GRANT SELECT ON ALL TABLES IN SCHEMA dcs_mirror, dcs TO :"writer";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dcs TO :"writer";
-- Some numbers are taken before the rows are written, and after a restore all sequences move on.
GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA dcs_mirror TO :"writer";

GRANT INSERT ON dcs_mirror.sync_outcome, dcs_mirror.status_change, dcs_mirror.change TO :"writer";
GRANT INSERT, UPDATE
    ON dcs_mirror.sync_run, dcs_mirror.institution, dcs_mirror.course, dcs_mirror.content_item,
       dcs_mirror.request_id_history, dcs_mirror.recheck_flag, dcs_mirror.target_report,
       dcs_mirror.call, dcs_mirror.course_students, dcs_mirror.lock,
       dcs_mirror.notification, dcs_mirror.told
    TO :"writer";
GRANT INSERT, UPDATE, DELETE
    ON dcs_mirror.target, dcs_mirror.rollover, dcs_mirror.quarantine, dcs_mirror.unit_update
    TO :"writer";
GRANT UPDATE ON dcs_mirror.feed_state, dcs_mirror.fleet TO :"writer";

-- What workers need: the queue, their jobs, and to forget what is over for long.
GRANT INSERT, UPDATE, DELETE ON dcs_mirror.job, dcs_mirror.refresh_request, dcs_mirror.worker TO :"writer";
GRANT USAGE ON SCHEMA dcs_queue TO :"writer";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dcs_queue TO :"writer";
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA dcs_queue TO :"writer";

-- Who may use the service; what was done in it is only added to.
GRANT INSERT, UPDATE, DELETE ON dcs_mirror.account TO :"writer";
GRANT INSERT ON dcs_mirror.account_action TO :"writer";
