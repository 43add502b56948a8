-- The indexes of the items, each as the statement that makes it on a copy of the table, and its bytes.
SELECT x.relname AS name,
       regexp_replace(replace(pg_get_indexdef(x.oid), ' ON dcs_mirror.content_item ', ' ON public.copy '),
                      ' INDEX \S+ ', ' INDEX ') AS definition,
       pg_relation_size(x.oid) AS bytes
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
WHERE i.indrelid = 'dcs_mirror.content_item'::regclass
ORDER BY x.relname
