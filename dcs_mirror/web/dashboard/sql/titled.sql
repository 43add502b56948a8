-- Items that have all these words in their titles, by the index that `dcs-mirror migrate --with-search` makes.
-- takes: hei_ids integer[], words text
-- reads: dcs.content_item
SELECT i.item_key
FROM dcs.content_item AS i
WHERE dcs_mirror.title_words(i.hei_id, i.title, i.subtitle, i.extract_title) @@ dcs_mirror.title_query(:words, :hei_ids)
  AND (:hei_ids IS NULL OR i.hei_id = ANY (:hei_ids))
LIMIT 1000
