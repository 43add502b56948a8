-- A1: another epoch begins. What the journal's calls sent, up to :last_call_before, may not have been the last.
-- takes: origin text, began_at timestamptz, last_call_before bigint
-- writes: dcs_mirror.feed_state
UPDATE dcs_mirror.feed_state
SET epoch = gen_random_uuid(), origin = :origin, began_at = :began_at, last_call_before = :last_call_before
RETURNING epoch
