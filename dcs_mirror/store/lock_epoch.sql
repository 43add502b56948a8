-- The epoch and where it began, locked: one session at a time decides whether another one begins.
-- reads: dcs_mirror.feed_state
SELECT f.epoch, f.origin
FROM dcs_mirror.feed_state AS f
FOR UPDATE
