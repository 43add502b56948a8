-- As many items of a search for words in titles as a page looks at; a file reads all of them from items.sql.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], found_keys bigint[], words text, patterns text[],
--   course_key bigint, status text, licence text, source text, year text, flag text, most integer
-- reads: dcs.content_item, dcs.course, dcs_mirror.recheck_flag
SELECT i.item_key
FROM (
\ir searched_items.sql
) AS i
LIMIT :most
