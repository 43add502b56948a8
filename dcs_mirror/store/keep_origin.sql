-- Where the epoch began, as far as it is known by now.
-- takes: origin text
-- writes: dcs_mirror.feed_state
UPDATE dcs_mirror.feed_state SET origin = :origin
