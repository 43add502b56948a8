-- Enters a message before it is sent.
-- takes: message_id uuid, recipient text, event text, hei_id integer, occurred_at timestamptz, title text,
--   plain text, body text, now timestamptz
-- writes: dcs_mirror.notification
INSERT INTO dcs_mirror.notification (message_id, recipient, event, hei_id, occurred_at, title, plain, body, made_at)
VALUES (:message_id, :recipient, :event, :hei_id, :occurred_at, :title, :plain, :body, :now)
