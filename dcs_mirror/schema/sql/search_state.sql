-- The index that titles are searched by; no row if there is none. One that was interrupted, or that is being built,
-- is not valid.
SELECT pg_get_indexdef(i.indexrelid) AS definition, i.indisvalid AS is_valid, pg_relation_size(i.indexrelid) AS bytes
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = x.relnamespace
WHERE n.nspname = 'dcs_mirror' AND x.relname = 'content_item_words'
