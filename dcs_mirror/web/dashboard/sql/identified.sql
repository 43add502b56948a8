-- Items that a text identifies: by an ISBN or ISSN in any spelling, a GUID, or a request id of any year.
-- takes: hei_ids integer[], written text, guids text[], request_id bigint
-- reads: dcs.content_item, dcs.request_id
SELECT k.item_key
FROM (
    SELECT i.item_key, i.hei_id FROM dcs.content_item AS i WHERE i.isbn13 = dcs_mirror.isbn13(:written)
    UNION
    SELECT i.item_key, i.hei_id FROM dcs.content_item AS i WHERE i.issn = dcs_mirror.issn(:written)
    UNION
    SELECT i.item_key, i.hei_id FROM dcs.content_item AS i WHERE i.content_guid = ANY (:guids)
    UNION
    SELECT r.item_key, r.hei_id FROM dcs.request_id AS r WHERE r.request_id = :request_id
) AS k
WHERE :hei_ids IS NULL OR k.hei_id = ANY (:hei_ids)
ORDER BY k.item_key
LIMIT 5000
