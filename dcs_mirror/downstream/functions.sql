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

-- The current rows of what did not change since, and of the rest the rows with what changed put back: only these are
-- taken apart. Inlined, so that only the columns that are asked for are read or worked out; hence no WITH around the
-- two parts, which would make PostgreSQL fill in all columns once more, and each column by its name. An item that came
-- since is in the feed as added: to look at its first_seen_at, at the end of a row, would take longer. What changed is
-- kept in arrays and in one document by key, not joined: the planner cannot know how many rows changed, and would
-- compare each with each.
CREATE OR REPLACE FUNCTION dcs.item_as_of(at timestamptz, hei_id integer)
RETURNS SETOF dcs.content_item
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT i.*
    FROM dcs.content_item AS i
    WHERE i.hei_id = $2 AND $1 IS NOT NULL AND (SELECT dcs.require_feed_since($1))
      AND i.item_key NOT IN (SELECT unnest(ARRAY (
          SELECT e.key FROM dcs.change AS e
          WHERE e.hei_id = $2 AND e.observed_at > $1 AND e.entity = 'content_item')))
      AND (i.course_key IN (SELECT unnest(ARRAY (
          SELECT e.key FROM dcs.change AS e
          WHERE e.hei_id = $2 AND e.observed_at > $1 AND e.entity = 'course' AND e.kind <> 'added'
            AND e.details ?| '{status,removed_at}')))) IS NOT TRUE
    UNION ALL (
        WITH before AS MATERIALIZED (
            SELECT e.entity, e.key,
                   coalesce(jsonb_object_agg(d.key, d.value -> 0 ORDER BY e.change_id DESC)
                            FILTER (WHERE d.key IS NOT NULL), '{}') AS known
            FROM dcs.change AS e
            LEFT JOIN LATERAL jsonb_each(e.details) AS d ON true
            WHERE e.hei_id = $2 AND e.observed_at > $1 AND e.kind <> 'added' AND e.entity IN ('content_item', 'course')
            GROUP BY e.entity, e.key
        ),
        document AS MATERIALIZED (
            SELECT coalesce(jsonb_object_agg(b.key, b.known) FILTER (WHERE b.entity = 'content_item'), '{}') AS items,
                   coalesce(jsonb_object_agg(b.key, b.known) FILTER (WHERE b.entity = 'course'), '{}') AS courses
            FROM before AS b
        ),
        touched AS MATERIALIZED (
            SELECT b.key AS item_key FROM before AS b WHERE b.entity = 'content_item'
            UNION ALL
            SELECT i.item_key
            FROM dcs.content_item AS i
            WHERE i.hei_id = $2 AND i.course_key = ANY (ARRAY (
                SELECT b.key FROM before AS b WHERE b.entity = 'course' AND b.known ?| '{status,removed_at}'))
        )
        SELECT c.item_key, c.hei_id, c.course_key, c.course_code,
               -- item columns: view
               c.request_id, c.previous_year_id, c.content_guid, c.content_url, c.content_status,
               c.date_created, c.last_modified, c.rejection_message, c.notes, c.licence, c.source, c.type,
               c.identifier, c.doi, c.title, c.extract_title, c.publication_form, c.year, c.volume, c.issue,
               c.page_range, c.author, c.colour_scale, c.publisher, c.extract_author, c.chapter_number,
               c.edition, c.book_pages, c.publication_place, c.ocr, c.file_size, c.subtitle, c.extra,
               -- end of item columns
               c.first_seen_at,
               CASE WHEN b.known IS NULL THEN c.changed_at ELSE coalesce((
                   SELECT max(e.observed_at) FROM dcs.change AS e
                   WHERE e.key = c.item_key AND e.entity = 'content_item' AND e.observed_at <= $1
               ), c.first_seen_at) END AS changed_at,
               c.removed_at, w.why_not IS NULL AS is_openable, w.why_not,
               dcs.isbn13(c.identifier) AS isbn13, dcs.issn(c.identifier) AS issn
               -- item columns: late view
               -- end of item columns
        FROM dcs.content_item AS i
        CROSS JOIN LATERAL (SELECT (SELECT d.items FROM document AS d) -> i.item_key::text AS known) AS b
        CROSS JOIN LATERAL jsonb_populate_record(i, coalesce(b.known, '{}')) AS c
        LEFT JOIN LATERAL (
            SELECT o.course_key, o.status, o.removed_at, (SELECT d.courses FROM document AS d) -> o.course_key::text AS known
            FROM dcs.course AS o
            WHERE o.course_key = c.course_key AND o.hei_id = $2
            LIMIT 1
        ) AS o ON true
        CROSS JOIN LATERAL (
            SELECT dcs.why_not(
                c.removed_at, c.content_status, o.course_key IS NOT NULL,
                CASE WHEN o.known ? 'removed_at' THEN (o.known ->> 'removed_at')::timestamptz ELSE o.removed_at END,
                CASE WHEN o.known ? 'status' THEN o.known ->> 'status' ELSE o.status END,
                c.content_url) AS why_not
        ) AS w
        WHERE i.hei_id = $2 AND i.first_seen_at <= $1 AND i.item_key = ANY (ARRAY (SELECT t.item_key FROM touched AS t))
    );
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
