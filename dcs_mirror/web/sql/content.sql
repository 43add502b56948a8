-- The answer to GetCourseContent, of a course by its code or of one item by a request id of any year: what the DCS lists
-- now. Without a row if the account does not see the institution; has_course and has_item say whether there is what
-- was asked for. If several courses have the code, the one that is not deleted counts, of those the newest.
-- takes: name text, hei_id integer, code text, request_id bigint
-- reads: dcs_mirror.account, dcs_mirror.institution, dcs_mirror.sync_outcome, dcs_mirror.course,
--   dcs_mirror.content_item, dcs_mirror.change, dcs.request_id
WITH institution AS MATERIALIZED (
    SELECT i.hei_id, i.name, (
        SELECT s.reading_started_at
        FROM dcs_mirror.sync_outcome AS s
        WHERE s.hei_id = i.hei_id AND s.reading_order IS NOT NULL
        ORDER BY s.run_id DESC
        LIMIT 1
    ) AS read_at
    FROM dcs_mirror.account AS a
    JOIN dcs_mirror.institution AS i ON i.subscribed AND (a.hei_ids IS NULL OR i.hei_id = ANY (a.hei_ids))
    WHERE a.name = :name AND i.hei_id = :hei_id
),
named AS MATERIALIZED (
    SELECT c.course_key
    FROM institution AS i
    JOIN dcs_mirror.course AS c ON c.hei_id = i.hei_id
    WHERE c.course_code = :code AND c.removed_at IS NULL
    ORDER BY lower(c.status) = 'deleted', c.course_id DESC
    LIMIT 1
),
found AS MATERIALIZED (
    SELECT t.item_key, t.course_key, t.seen_at
    FROM institution AS i
    JOIN dcs.request_id AS r ON r.request_id = :request_id AND r.hei_id = i.hei_id
    JOIN dcs_mirror.content_item AS t ON t.item_key = r.item_key
    WHERE t.removed_at IS NULL AND (:code IS NULL OR t.course_key = (SELECT n.course_key FROM named AS n))
    LIMIT 1
),
course AS MATERIALIZED (
    SELECT c.course_key, c.course_id, greatest(c.read_at, coalesce(c.unread_since, i.read_at)) AS read_at
    FROM institution AS i
    JOIN dcs_mirror.course AS c ON c.hei_id = i.hei_id
    WHERE c.course_key = coalesce(
        (SELECT f.course_key FROM found AS f),
        CASE WHEN :request_id IS NULL THEN (SELECT n.course_key FROM named AS n) END)
),
wanted AS (
    SELECT t.item_key
    FROM course AS c
    JOIN dcs_mirror.content_item AS t ON t.course_key = c.course_key
    WHERE :request_id IS NULL AND t.removed_at IS NULL
    UNION ALL
    SELECT f.item_key FROM found AS f
),
entry AS (
    SELECT t.item_key,
           CASE WHEN t.extra = '{}' THEN row_to_json(e)::text ELSE (to_jsonb(e) || t.extra)::text END AS written
    FROM wanted AS w
    JOIN dcs_mirror.content_item AS t ON t.item_key = w.item_key
    CROSS JOIN LATERAL (
        SELECT t.content_guid AS "content-GUID", (
                   SELECT row_to_json(d)
                   FROM (
                       SELECT t.type AS "type", t.identifier AS "identifier", t.doi AS "DOI", t.title AS "title",
                              t.extract_title AS "extract-title", t.publication_form AS "publication-form",
                              t.year AS "year", t.volume AS "volume", t.issue AS "issue",
                              t.page_range AS "page-range", t.author AS "author", t.colour_scale AS "colour-scale",
                              t.publisher AS "publisher", t.extract_author AS "extractAuthor",
                              t.chapter_number AS "chapter-number", t.edition AS "edition",
                              t.book_pages AS "book-pages", t.publication_place AS "publication-place",
                              t.ocr AS "OCR", t.file_size AS "file-size", t.subtitle AS "subtitle"
                   ) AS d
               ) AS "bibliographic-details",
               t.content_url AS "content-URL", t.request_id AS "request-id",
               t.previous_year_id AS "previous-year-id", t.content_status AS "content-status",
               dcs_mirror.date_text(t.date_created) AS "date-created",
               dcs_mirror.date_text(t.last_modified) AS "last-modified",
               t.rejection_message AS "rejection-message", t.notes AS "notes", t.licence AS "licence",
               t.source AS "source"
    ) AS e
)
SELECT
    '{"total-results":' || count(e.item_key) || ',"hei":' || coalesce(to_json(i.name)::text, 'null')
    || ',"course-ID":' || coalesce(c.course_id::text, 'null')
    || ',"content-items":[' || coalesce(string_agg(e.written, ',' ORDER BY e.item_key), '')
    || '],"status":"ok","status-code":100,"status-message":"Success"}' AS body,
    c.course_key IS NOT NULL AS has_course,
    EXISTS (SELECT FROM found) AS has_item,
    -- A request that no course holds is read by itself.
    CASE WHEN c.course_key IS NOT NULL THEN nullif(c.read_at, '-infinity')
         ELSE (SELECT f.seen_at FROM found AS f) END AS read_at,
    -- If no change is kept any more, nothing changed since the latest reading.
    coalesce((
\ir latest_change.sql
    ), i.read_at) AS changed_at
FROM institution AS i
LEFT JOIN course AS c ON true
LEFT JOIN entry AS e ON true
GROUP BY i.hei_id, i.name, i.read_at, c.course_key, c.course_id, c.read_at
