-- What `serve` needs if it asks nothing of the DCS itself: it answers from the mirror, asks workers for refreshes, and
-- adds to the record of what was done. It cannot change accounts, and of the journal of writes it sees what the views show.

GRANT USAGE ON SCHEMA dcs, dcs_mirror TO :"web";
GRANT SELECT ON ALL TABLES IN SCHEMA dcs TO :"web";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dcs TO :"web";
-- An asking is an account's, and is counted for it; the function would count all of them as this role's.
REVOKE ALL ON FUNCTION dcs.request_refresh(integer, text, bigint) FROM :"web";

-- Whether the schema is this release's, and whether the role has its rights.
GRANT SELECT ON dcs_mirror.alembic_version, dcs_mirror.applied TO :"web";
-- Answers, and who may have them.
GRANT SELECT
    ON dcs_mirror.account, dcs_mirror.institution, dcs_mirror.course, dcs_mirror.content_item,
       dcs_mirror.sync_run, dcs_mirror.sync_outcome, dcs_mirror.change
    TO :"web";
-- Figures for monitors.
GRANT SELECT
    ON dcs_mirror.recheck_flag, dcs_mirror.target, dcs_mirror.target_report, dcs_mirror.job, dcs_mirror.worker,
       dcs_mirror.fleet
    TO :"web";
-- How many calls of an institution have no answer; nothing else of the journal. `doctor` compares columns, too.
GRANT SELECT (hei_id, state) ON dcs_mirror.call TO :"web";
-- Accounts ask for refreshes, one transaction of an account at a time.
GRANT SELECT, INSERT ON dcs_mirror.refresh_request TO :"web";
GRANT SELECT, INSERT, UPDATE ON dcs_mirror.lock TO :"web";
GRANT INSERT ON dcs_mirror.account_action TO :"web";
-- What people acknowledge in the dashboard, and whom they assign it to.
GRANT UPDATE (acknowledged_at, acknowledged_note, assigned_to) ON dcs_mirror.recheck_flag TO :"web";
