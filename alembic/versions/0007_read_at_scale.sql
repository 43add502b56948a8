-- The one ISBN anywhere in a text, as dcs_mirror.isbn13() says.
CREATE FUNCTION dcs_mirror.isbn13_in_text(identifier text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain text := upper(translate(identifier, E' -\t\n\r\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u2212', ''));
    numbers text[];
    number text;
    digits integer[];
    total integer;
    found text;
BEGIN
    IF plain ~ '^[0-9]{8,12}[0-9X]$' THEN
        -- The first zero of an ISBN-10 is missing if the number was one of a spreadsheet, or of before 1970.
        numbers := ARRAY[CASE length(plain) WHEN 9 THEN '0' || plain ELSE plain END];
    ELSIF length(identifier) > 1000 OR identifier !~ '[0-9\uff10-\uff19]' THEN
        RETURN NULL;
    ELSE
        plain := upper(translate(normalize(identifier, NFKC),
                                 E'\t\n\r\u2010\u2011\u2012\u2013\u2014\u2015\u2212', '   -------'));
        plain := regexp_replace(plain, 'ISBN([ -]?1[03](?=[^0-9]))?[-: ]*', ' ', 'g');
        numbers := ARRAY(
            SELECT translate(m.found[1], ' -', '')
            FROM regexp_matches(plain, '(?<![0-9])(?:[0-9][ -]?){9,12}[0-9X](?![0-9])', 'g') AS m (found));
    END IF;
    FOREACH number IN ARRAY numbers LOOP
        digits := string_to_array(translate(number, 'X', ''), NULL)::integer[];
        -- 9790 begins numbers of printed music.
        IF number ~ '^97(8[0-9]|9[1-9])[0-9]{9}$' THEN
            total := digits[1] + digits[3] + digits[5] + digits[7] + digits[9] + digits[11] + digits[13]
                     + 3 * (digits[2] + digits[4] + digits[6] + digits[8] + digits[10] + digits[12]);
            CONTINUE WHEN total % 10 <> 0;
        ELSIF number ~ '^[0-9]{9}[0-9X]$' AND number <> '0000000000' THEN
            total := 10 * digits[1] + 9 * digits[2] + 8 * digits[3] + 7 * digits[4] + 6 * digits[5]
                     + 5 * digits[6] + 4 * digits[7] + 3 * digits[8] + 2 * digits[9] + coalesce(digits[10], 10);
            CONTINUE WHEN total % 11 <> 0;
            total := 38 + 3 * (digits[1] + digits[3] + digits[5] + digits[7] + digits[9])
                     + digits[2] + digits[4] + digits[6] + digits[8];
            number := '978' || left(number, 9) || (10 - total % 10) % 10;
        ELSE
            CONTINUE;
        END IF;
        IF number <> found THEN
            RETURN NULL;
        END IF;
        found := number;
    END LOOP;
    RETURN found;
END $$;

-- The one ISSN anywhere in a text, as dcs_mirror.issn() says.
CREATE FUNCTION dcs_mirror.issn_in_text(identifier text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain text := upper(translate(identifier, E' -\t\n\r\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u2212', ''));
    numbers text[];
    number text;
    digits integer[];
    found text;
BEGIN
    IF plain ~ '^[0-9]{8,12}[0-9X]$' OR length(identifier) > 1000 OR identifier !~ '[0-9\uff10-\uff19]' THEN
        RETURN NULL;
    ELSIF plain ~ '^[0-9]{7}[0-9X]$' THEN
        numbers := ARRAY[plain];
    ELSE
        plain := upper(translate(normalize(identifier, NFKC),
                                 E'\t\n\r\u2010\u2011\u2012\u2013\u2014\u2015\u2212', '   -------'));
        -- The longest numbers, so that no part of an ISBN is taken for one.
        numbers := ARRAY(
            SELECT translate(m.found[1], ' -', '')
            FROM regexp_matches(plain, '(?<![0-9])(?:[0-9][ -]?){7,12}[0-9X](?![0-9])', 'g') AS m (found)
            WHERE m.found[1] ~ '^[0-9]{4}[ -]?[0-9]{3}[0-9X]$');
    END IF;
    FOREACH number IN ARRAY numbers LOOP
        digits := string_to_array(translate(number, 'X', ''), NULL)::integer[];
        CONTINUE WHEN number = '00000000'
            OR (8 * digits[1] + 7 * digits[2] + 6 * digits[3] + 5 * digits[4] + 4 * digits[5]
                + 3 * digits[6] + 2 * digits[7] + coalesce(digits[8], 10)) % 11 <> 0;
        number := left(number, 4) || '-' || right(number, 4);
        IF number <> found THEN
            RETURN NULL;
        END IF;
        found := number;
    END LOOP;
    RETURN found;
END $$;

-- The one ISBN that a text holds, as 13 digits; null if none is valid, or if it holds several books' ones. What is
-- written plainly needs no search. Inlined where it is used: it is worked out for every item that is written.
CREATE FUNCTION dcs_mirror.isbn13(identifier text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN $1 ~ '^97[89][0-9]{10}$' THEN CASE
            WHEN $1 NOT LIKE '9790%'  -- printed music
                AND
                    ($1::bigint/1000000000000%10 + $1::bigint/10000000000%10 + $1::bigint/100000000%10 +
                    $1::bigint/1000000%10 + $1::bigint/10000%10 + $1::bigint/100%10 + $1::bigint%10 + 3 *
                    ($1::bigint/100000000000%10 + $1::bigint/1000000000%10 + $1::bigint/10000000%10 +
                    $1::bigint/100000%10 + $1::bigint/1000%10 + $1::bigint/10%10)) % 10 = 0
            THEN $1
        END
        WHEN $1 ~ '^[0-9]{9}[0-9X]$' THEN CASE
            WHEN $1 <> '0000000000'
                AND
                    (10 * (left($1,9)::bigint/100000000%10) + 9 * (left($1,9)::bigint/10000000%10) + 8 *
                    (left($1,9)::bigint/1000000%10) + 7 * (left($1,9)::bigint/100000%10) + 6 *
                    (left($1,9)::bigint/10000%10) + 5 * (left($1,9)::bigint/1000%10) + 4 *
                    (left($1,9)::bigint/100%10) + 3 * (left($1,9)::bigint/10%10) + 2 * (left($1,9)::bigint%10)
                    + CASE right($1, 1) WHEN 'X' THEN 10 ELSE right($1, 1)::integer END) % 11 = 0
            THEN '978' || left($1, 9) ||
                    ((10 - (38 + 3 * (left($1,9)::bigint/100000000%10 + left($1,9)::bigint/1000000%10 +
                    left($1,9)::bigint/10000%10 + left($1,9)::bigint/100%10 + left($1,9)::bigint%10) +
                    left($1,9)::bigint/10000000%10 + left($1,9)::bigint/100000%10 + left($1,9)::bigint/1000%10
                    + left($1,9)::bigint/10%10) % 10) % 10)::text
        END
        WHEN $1 ~ '^[0-9]{4}-[0-9]{3}[0-9X]$' THEN NULL  -- an ISSN
        ELSE dcs_mirror.isbn13_in_text($1)
    END;
END;

-- The one ISSN that a text holds, with its hyphen; null if none is valid, or if it holds several.
CREATE FUNCTION dcs_mirror.issn(identifier text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN $1 ~ '^[0-9]{9,12}[0-9X]$' THEN NULL  -- an ISBN
        WHEN $1 ~ '^[0-9]{4}-[0-9]{3}[0-9X]$' THEN CASE
            WHEN $1 <> '0000-0000'
                AND
                    (8 * (left($1,4)::integer/1000%10) + 7 * (left($1,4)::integer/100%10) + 6 *
                    (left($1,4)::integer/10%10) + 5 * (left($1,4)::integer%10) + 4 *
                    (substr($1,6,3)::integer/100%10) + 3 * (substr($1,6,3)::integer/10%10) + 2 *
                    (substr($1,6,3)::integer%10) + CASE right($1, 1) WHEN 'X' THEN 10 ELSE right($1,
                    1)::integer END) % 11 = 0
            THEN $1
        END
        ELSE dcs_mirror.issn_in_text($1)
    END;
END;

-- Why a student cannot open an item's link; null if one can. A status that the specification does not name, or
-- none at all, opens nothing. Inlined, so it is one expression.
CREATE FUNCTION dcs_mirror.why_not(
    removed_at timestamptz, content_status text, has_course boolean, course_removed_at timestamptz,
    course_status text, content_url text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN $1 IS NOT NULL THEN 'removed'
        WHEN $4 IS NOT NULL THEN 'course-removed'
        WHEN $3 AND coalesce(lower(btrim($5)), '') <> 'active'
            THEN 'course-' || coalesce(replace(lower(nullif(btrim($5), '')), ' ', '-'), 'unknown')
        WHEN coalesce(lower(btrim($2)), '') <> 'active'
            THEN coalesce(replace(lower(nullif(btrim($2), '')), ' ', '-'), 'unknown')
        WHEN coalesce(btrim($6), '') = '' THEN 'no-link'
    END;
END;

-- Rewrites the table once, so the columns come before the indexes.
ALTER TABLE dcs_mirror.content_item
    ADD COLUMN isbn13 text GENERATED ALWAYS AS (dcs_mirror.isbn13(identifier)) STORED,
    ADD COLUMN issn text GENERATED ALWAYS AS (dcs_mirror.issn(identifier)) STORED;

DROP INDEX dcs_mirror.content_item_institution;
CREATE INDEX content_item_institution ON dcs_mirror.content_item (hei_id, course_code);
CREATE INDEX content_item_content_guid ON dcs_mirror.content_item USING hash (content_guid);
CREATE INDEX content_item_link ON dcs_mirror.content_item USING hash (content_url);
CREATE INDEX content_item_isbn13 ON dcs_mirror.content_item (isbn13) WHERE isbn13 IS NOT NULL;
CREATE INDEX content_item_issn ON dcs_mirror.content_item (issn) WHERE issn IS NOT NULL;
CREATE INDEX content_item_unverifiable ON dcs_mirror.content_item (hei_id)
    WHERE isbn13 IS NULL AND issn IS NULL AND removed_at IS NULL;

DROP INDEX dcs_mirror.change_later;
CREATE INDEX change_key ON dcs_mirror.change (key, change_id);
CREATE INDEX change_institution ON dcs_mirror.change (hei_id, change_id);
CREATE INDEX change_observed ON dcs_mirror.change (observed_at);

-- Of what was pruned before this revision, only the first entry that stayed tells when that was.
ALTER TABLE dcs_mirror.feed_state ADD COLUMN low_water_at timestamptz;
UPDATE dcs_mirror.feed_state
SET low_water_at = coalesce((SELECT min(c.observed_at) FROM dcs_mirror.change AS c), now())
WHERE low_water > 0;
