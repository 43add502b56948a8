-- What a recipient has not taken yet, in order.
-- takes: recipient text
-- reads: dcs_mirror.notification
SELECT n.notification_id, n.message_id, n.recipient, n.event, n.hei_id, n.occurred_at, n.title, n.plain, n.body
FROM dcs_mirror.notification AS n
WHERE n.recipient = :recipient AND n.sent_at IS NULL
ORDER BY n.notification_id
