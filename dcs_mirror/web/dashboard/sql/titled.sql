-- Items of a search that have all these words in their titles, by the index that `dcs-mirror migrate --with-search`
-- makes.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], found_keys bigint[], patterns text[], course_key bigint,
--   status text, licence text, source text, year text, flag text, words text, most integer
-- reads: dcs.content_item, dcs.course, dcs_mirror.recheck_flag
SELECT i.item_key
FROM (
\ir searched_items.sql
) AS i
WHERE dcs_mirror.title_words(i.hei_id, i.title, i.subtitle, i.extract_title) @@ dcs_mirror.title_query(:words, :hei_ids)
LIMIT :most
