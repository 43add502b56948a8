-- Items of a search that a text identifies: by an ISBN or ISSN in any spelling, a GUID, or a request id of any year.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], found_keys bigint[], words text, patterns text[],
--   course_key bigint, status text, licence text, source text, year text, flag text, written text, guids text[], request_id bigint,
--   most integer
-- reads: dcs.content_item, dcs.course, dcs.request_id, dcs_mirror.recheck_flag
SELECT i.item_key
FROM (
    SELECT b.item_key FROM dcs.content_item AS b WHERE b.isbn13 = dcs_mirror.isbn13(:written)
    UNION
    SELECT b.item_key FROM dcs.content_item AS b WHERE b.issn = dcs_mirror.issn(:written)
    UNION
    SELECT b.item_key FROM dcs.content_item AS b WHERE b.content_guid = ANY (:guids)
    UNION
    SELECT r.item_key FROM dcs.request_id AS r WHERE r.request_id = :request_id
) AS k
JOIN (
\ir searched_items.sql
) AS i ON i.item_key = k.item_key
ORDER BY i.item_key
LIMIT :most
