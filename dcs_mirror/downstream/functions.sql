-- Functions for downstream systems. They read the views with the caller's rights.

CREATE OR REPLACE FUNCTION dcs.current_request_id(request_id bigint, hei_id integer DEFAULT NULL)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.current_request_id
    FROM dcs.request_id AS r
    WHERE r.request_id = $1 AND ($2 IS NULL OR r.hei_id = $2)
    LIMIT 1;
END;

COMMENT ON FUNCTION dcs.current_request_id(bigint, integer) IS
    'Returns the current request id for a request id from any academic year; null if the mirror has never seen it. Joins over many ids are faster with the view dcs.request_id.';

CREATE OR REPLACE FUNCTION dcs.isbn13(identifier text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT dcs_mirror.isbn13($1);
END;

COMMENT ON FUNCTION dcs.isbn13(text) IS
    'Returns the one ISBN that a text holds, however it is written, as the 13 digits of dcs.content_item.isbn13; null if none is valid or if there are several.';

CREATE OR REPLACE FUNCTION dcs.issn(identifier text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT dcs_mirror.issn($1);
END;

COMMENT ON FUNCTION dcs.issn(text) IS
    'Returns the one ISSN that a text holds, however it is written, as in dcs.content_item.issn; null if none is valid or if there are several.';

CREATE OR REPLACE FUNCTION dcs.why_not(
    removed_at timestamptz, content_status text, has_course boolean, course_removed_at timestamptz,
    course_status text, content_url text
)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT dcs_mirror.why_not($1, $2, $3, $4, $5, $6);
END;

COMMENT ON FUNCTION dcs.why_not(timestamptz, text, boolean, timestamptz, text, text) IS
    'Returns what dcs.content_item.why_not is for an item with these values, of today or of another day; null if students can open it.';

CREATE OR REPLACE FUNCTION dcs.require_feed_since(at timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    begins timestamptz := (SELECT s.low_water_at FROM dcs.feed_state AS s);
BEGIN
    IF at < begins THEN
        RAISE EXCEPTION 'the items of % are not known any more: the change feed was pruned up to %', at, begins
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Ask for an instant from dcs.feed_state.low_water_at on.';
    END IF;
    RETURN true;
END $$;

COMMENT ON FUNCTION dcs.require_feed_since(timestamptz) IS
    'Raises an error if the feed was pruned beyond an instant (dcs.feed_state.low_water_at), else returns true.';

-- The current rows, with what changed since put back. Only rows that changed are taken apart. Inlined, so that only
-- the columns that are asked for are read, and rows need not be stored before they are returned. What changed is kept
-- in one document by key, not joined: the planner cannot know how many rows changed, and would compare each with each.
CREATE OR REPLACE FUNCTION dcs.item_as_of(at timestamptz, hei_id integer)
RETURNS SETOF dcs.content_item
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    WITH before AS MATERIALIZED (
        SELECT f.entity, f.key, jsonb_object_agg(f.name, f.value) AS known
        FROM (
            SELECT DISTINCT ON (c.entity, c.key, d.key) c.entity, c.key, d.key AS name, d.value -> 0 AS value
            FROM dcs.change AS c, jsonb_each(c.details) AS d
            WHERE c.hei_id = $2 AND c.observed_at > $1 AND c.kind <> 'added' AND c.entity IN ('content_item', 'course')
            ORDER BY c.entity, c.key, d.key, c.change_id
        ) AS f
        GROUP BY f.entity, f.key
    ),
    document AS MATERIALIZED (
        SELECT coalesce(jsonb_object_agg(b.key, b.known) FILTER (WHERE b.entity = 'content_item'), '{}') AS items,
               coalesce(jsonb_object_agg(b.key, b.known) FILTER (WHERE b.entity = 'course'), '{}') AS courses
        FROM before AS b
    ),
    touched AS MATERIALIZED (
        SELECT b.key AS item_key FROM before AS b WHERE b.entity = 'content_item'
        UNION
        SELECT i.item_key
        FROM dcs.content_item AS i
        WHERE i.hei_id = $2 AND i.course_key = ANY (ARRAY (
            SELECT b.key FROM before AS b WHERE b.entity = 'course' AND b.known ?| '{status,removed_at}'))
    )
    SELECT a.*
    FROM (
        SELECT i.*
        FROM dcs.content_item AS i
        WHERE i.hei_id = $2 AND i.first_seen_at <= $1 AND (SELECT dcs.require_feed_since($1))
          AND i.item_key NOT IN (SELECT t.item_key FROM touched AS t)
        UNION ALL
        SELECT r.*
        FROM dcs.content_item AS i
        CROSS JOIN LATERAL (SELECT (SELECT d.items FROM document AS d) -> i.item_key::text AS known) AS b
        CROSS JOIN LATERAL jsonb_populate_record(i, coalesce(b.known, '{}')) AS p
        LEFT JOIN LATERAL (
            SELECT c.course_key, c.status, c.removed_at, (SELECT d.courses FROM document AS d) -> c.course_key::text AS known
            FROM dcs.course AS c
            WHERE c.course_key = p.course_key AND c.hei_id = $2
            LIMIT 1
        ) AS o ON true
        CROSS JOIN LATERAL (
            SELECT dcs.why_not(
                p.removed_at, p.content_status, o.course_key IS NOT NULL,
                CASE WHEN o.known ? 'removed_at' THEN (o.known ->> 'removed_at')::timestamptz ELSE o.removed_at END,
                CASE WHEN o.known ? 'status' THEN o.known ->> 'status' ELSE o.status END,
                p.content_url) AS why_not
        ) AS w
        CROSS JOIN LATERAL jsonb_populate_record(p, jsonb_build_object(
            'why_not', w.why_not, 'is_openable', w.why_not IS NULL,
            'isbn13', dcs.isbn13(p.identifier), 'issn', dcs.issn(p.identifier),
            'changed_at', CASE WHEN b.known IS NULL THEN i.changed_at ELSE coalesce((
                SELECT max(c.observed_at) FROM dcs.change AS c
                WHERE c.key = i.item_key AND c.entity = 'content_item' AND c.observed_at <= $1
            ), i.first_seen_at) END)) AS r
        WHERE i.hei_id = $2 AND i.first_seen_at <= $1 AND i.item_key = ANY (ARRAY (SELECT t.item_key FROM touched AS t))
    ) AS a;
END;

COMMENT ON FUNCTION dcs.item_as_of(timestamptz, integer) IS
    'Returns the items of an institution as the mirror knew them at an instant: those of today if it is to come, none before the first sync, an error if the feed was pruned beyond it (dcs.feed_state.low_water_at).';

-- Inlined, so that it is planned with the conditions of the query that calls it. A restricted reader gets another
-- one in its schema: schema/sql/reader_search.sql.
CREATE OR REPLACE FUNCTION dcs.search_items(words text, hei_id integer DEFAULT NULL)
RETURNS SETOF dcs.content_item
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT i.*
    FROM dcs.content_item AS i
    WHERE dcs_mirror.title_words(i.hei_id, i.title, i.subtitle, i.extract_title)
          @@ dcs_mirror.title_query($1, CASE WHEN $2 IS NOT NULL THEN ARRAY[$2] END)
      AND ($2 IS NULL OR i.hei_id = $2);
END;

COMMENT ON FUNCTION dcs.search_items(text, integer) IS
    'Returns the items that have all these words in title, subtitle or extract_title, of an institution or of all. Capitals, accents and punctuation do not matter; econom* stands for all words that begin so. Slow without the index that `dcs-mirror migrate --with-search` makes.';
