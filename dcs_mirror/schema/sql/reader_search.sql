-- The statements that make the search of a restricted reader, in their order. What is compared with the words of a title could tell of
-- the rows of others, so behind the barrier of the reader's view no index of them is used. This function looks past
-- the barrier with the rights of its owner, runs nothing that the reader wrote, and returns the reader's own rows. Nobody
-- else may run it.
-- takes: role text, schema_name text
WITH made (place, statement) AS (
SELECT 0, format($function$
CREATE OR REPLACE FUNCTION %1$I.search_items(words text, hei_id integer DEFAULT NULL)
RETURNS SETOF %1$I.content_item
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH own AS MATERIALIZED (
        SELECT ARRAY(SELECT h.id FROM unnest(r.hei_ids) AS h (id) WHERE $2 IS NULL OR h.id = $2) AS ids
        FROM dcs_mirror.reader AS r WHERE r.role = %2$L
    )
    SELECT i.*
    FROM dcs.content_item AS i
    WHERE dcs_mirror.title_words(i.hei_id, i.title, i.subtitle, i.extract_title)
          @@ dcs_mirror.title_query($1, (SELECT o.ids FROM own AS o))
      AND i.hei_id = ANY ((SELECT o.ids FROM own AS o)::integer[]);
END
$function$, :schema_name, :role)
UNION ALL
SELECT 1, format('REVOKE ALL ON FUNCTION %I.search_items(text, integer) FROM PUBLIC', :schema_name)
UNION ALL
SELECT 2, format('GRANT EXECUTE ON FUNCTION %I.search_items(text, integer) TO %I', :schema_name, :role)
)
SELECT m.statement FROM made AS m ORDER BY m.place
