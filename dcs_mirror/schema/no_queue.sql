-- Takes away what is left of the queue. The schema stays: its owner may not be allowed to make one.
DROP TABLE IF EXISTS dcs_queue.pgqueuer, dcs_queue.pgqueuer_log, dcs_queue.pgqueuer_schedules,
    dcs_queue.pgqueuer_statistics;
DROP FUNCTION IF EXISTS dcs_queue.fn_pgqueuer_changed();
DROP TYPE IF EXISTS dcs_queue.pgqueuer_status;
