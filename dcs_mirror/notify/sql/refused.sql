-- Says that a message was not taken, and why.
-- takes: message_id uuid, error text
-- writes: dcs_mirror.notification
UPDATE dcs_mirror.notification AS n
SET attempts = n.attempts + 1, error = :error
WHERE n.message_id = :message_id
