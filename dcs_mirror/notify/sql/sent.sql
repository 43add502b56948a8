-- Says that a message was taken.
-- takes: message_id uuid, now timestamptz
-- writes: dcs_mirror.notification
UPDATE dcs_mirror.notification AS n
SET sent_at = :now, attempts = n.attempts + 1, error = NULL
WHERE n.message_id = :message_id
