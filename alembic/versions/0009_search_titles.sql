-- The words of a text as they are compared: small letters without accents, in any script. Quotes and hyphens end a
-- word; of scripts without blanks each letter is one. It asks no locale, so an index of it holds on every system.
-- An asterisk stays.
CREATE FUNCTION dcs_mirror.words(written text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plain text := written;
BEGIN
    IF octet_length(plain) > length(plain) THEN
        -- Accents, vowel points and what cannot be seen.
        plain := regexp_replace(normalize(plain, NFKD),
            '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0655\u0670'
            '\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]', '', 'g');
        plain := translate(normalize(plain, NFC),
            'ØøŁłĐđÐðĦħŦŧıΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣςΤΥΦΧΨΩАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁЂЃЄЅІЇЈЉЊЋЌЎЏҐ',
            'ooLlddddhhttiαβγδεζηθικλμνξοπρσστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєѕіїјљњћќўџґ');
        plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'ẞ', 'ss'), 'Æ', 'ae'), 'æ', 'ae');
        plain := replace(replace(replace(replace(plain, 'Œ', 'oe'), 'œ', 'oe'), 'Þ', 'th'), 'þ', 'th');
        plain := regexp_replace(plain,
            '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30fa\u30fc-\u312f\u31a0-\u31bf\u31f0-\u31ff'
            '\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g');
        plain := regexp_replace(plain,
            '[\u0080-\u00bf\u00d7\u00f7\u02b9-\u02df\u037e\u0387\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05f3\u05f4'
            '\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff'
            '\u2e00-\u2e7f\u3000-\u3004\u3007-\u3020\u3030-\u303f\u30fb\ufe10-\ufe6f\uff00-\uff0f\uff5f-\uff65'
            '\ufffc\ufffd\U0001f000-\U0001faff]', ' ', 'g');
    END IF;
    plain := regexp_replace(lower(plain COLLATE "C"), '[^0-9a-z*\u0080-\U0010ffff]+', ' ', 'g');
    -- What is longer is no word, and could be too long for an index.
    IF length(plain) > 100 THEN
        plain := regexp_replace(plain, '([^ ]{100})[^ ]+', '\1', 'g');
    END IF;
    RETURN string_to_array(btrim(plain), ' ');
END $$;

-- The words of an item's titles, and its institution as one more, such as #108: so an index of them finds the words
-- of one institution as quickly as those of all. Of a title that is no title only the beginning counts.
CREATE FUNCTION dcs_mirror.title_words(hei_id integer, title text, subtitle text, extract_title text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_to_tsvector(
        dcs_mirror.words(translate(
            left(coalesce($2, ''), 2000) || ' ' || left(coalesce($3, ''), 2000) || ' ' || left(coalesce($4, ''), 2000),
            '*', ' '))
        || ('#' || $1::text));
END;

-- What finds the items with all these words in their titles, in institutions if they are given, else in all. A word
-- that ends with an asterisk stands for all that begin so. Null, which finds nothing, if there is no word.
CREATE FUNCTION dcs_mirror.title_query(words text, hei_ids integer[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (string_agg('''' || rtrim(w.word, '*') || CASE WHEN w.word LIKE '%*' THEN ''':*' ELSE '''' END, ' & ')
            || CASE WHEN $2 IS NULL THEN ''
                    ELSE ' & (' || (SELECT string_agg('''#' || h.id::text || '''', ' | ')
                                    FROM unnest($2) AS h (id)) || ')' END)::tsquery
    FROM unnest(dcs_mirror.words(left(regexp_replace($1, '\*+', '* ', 'g'), 2000))) AS w (word)
    WHERE w.word <> '*';
END;
