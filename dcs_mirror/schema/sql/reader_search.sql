-- The statements that make the search of a restricted reader, in their order. What is compared with the words of a
-- title could tell of the rows of others, so behind the barrier of the reader's view no index of them is used. The
-- first function looks past the barrier with the rights of its owner, runs nothing that the reader wrote, and returns
-- the keys of the reader's own items. Nobody else may run it. The second one is inlined, so that only the rows and the
-- columns that are asked for are read.
-- takes: role text, schema_name text
WITH made (place, statement) AS (
SELECT 0, format($function$
CREATE OR REPLACE FUNCTION %1$I.search_keys(words text, hei_id integer DEFAULT NULL)
RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH own AS MATERIALIZED (
        SELECT ARRAY(SELECT h.id FROM unnest(r.hei_ids) AS h (id) WHERE $2 IS NULL OR h.id = $2) AS ids
        FROM dcs_mirror.reader AS r WHERE r.role = %2$L
    )
    SELECT i.item_key
    FROM dcs.content_item AS i
    WHERE dcs_mirror.title_words(i.hei_id, i.title, i.subtitle, i.extract_title)
          @@ dcs_mirror.title_query($1, (SELECT o.ids FROM own AS o))
      AND i.hei_id = ANY ((SELECT o.ids FROM own AS o)::integer[]);
END
$function$, :schema_name, :role)
UNION ALL
SELECT 1, format('COMMENT ON FUNCTION %I.search_keys(text, integer) IS %L', :schema_name,
                 'Returns the keys of the items that search_items returns.')
UNION ALL
SELECT 2, format($function$
CREATE OR REPLACE FUNCTION %1$I.search_items(words text, hei_id integer DEFAULT NULL)
RETURNS SETOF %1$I.content_item
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT i.*
    FROM %1$I.content_item AS i
    WHERE i.item_key = ANY (ARRAY (SELECT k.item_key FROM %1$I.search_keys($1, $2) AS k (item_key)));
END
$function$, :schema_name)
UNION ALL
SELECT 3, format('REVOKE ALL ON FUNCTION %1$I.search_keys(text, integer), %1$I.search_items(text, integer) FROM PUBLIC',
                 :schema_name)
UNION ALL
SELECT 4, format('GRANT EXECUTE ON FUNCTION %1$I.search_keys(text, integer), %1$I.search_items(text, integer) TO %2$I',
                 :schema_name, :role)
)
SELECT m.statement FROM made AS m ORDER BY m.place
