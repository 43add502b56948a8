-- Makes the index that titles are searched by, while syncs and readers go on. A list of entries that are to come
-- (fastupdate) would make each search slower, and the sync hardly quicker.
-- reads: dcs_mirror.content_item
CREATE INDEX CONCURRENTLY content_item_words ON dcs_mirror.content_item
USING gin (dcs_mirror.title_words(hei_id, title, subtitle, extract_title)) WITH (fastupdate = off)
