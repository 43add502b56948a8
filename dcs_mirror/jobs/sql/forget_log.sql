-- takes: before timestamptz
-- writes: dcs_queue.pgqueuer_log
DELETE FROM dcs_queue.pgqueuer_log AS l WHERE l.created < :before
