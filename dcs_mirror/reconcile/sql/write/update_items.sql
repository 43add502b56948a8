-- R2: matched items take over what changed, including a new request id. Unchanged rows are not touched. The
-- row is joined to itself because UPDATE returns the new values and the feed needs the old ones.
-- takes: academic_year text, returned_year text, observed_at timestamptz, hei_id integer
-- reads: dcs_mirror.content_item, item_match, staged_item
-- writes: dcs_mirror.content_item, pending_change
WITH after AS (
    UPDATE dcs_mirror.content_item AS i
    SET
        course_key = m.course_key, course_code = m.course_code,
        -- item columns: assigned
        request_id = s.request_id, previous_year_id = s.previous_year_id, content_guid = s.content_guid,
        content_url = s.content_url, content_status = s.content_status, date_created = s.date_created,
        last_modified = s.last_modified, rejection_message = s.rejection_message, notes = s.notes,
        licence = s.licence, source = s.source, type = s.type, identifier = s.identifier, doi = s.doi,
        title = s.title, extract_title = s.extract_title, publication_form = s.publication_form, year =
        s.year, volume = s.volume, issue = s.issue, page_range = s.page_range, author = s.author,
        colour_scale = s.colour_scale, publisher = s.publisher, extract_author = s.extract_author,
        chapter_number = s.chapter_number, edition = s.edition, book_pages = s.book_pages,
        publication_place = s.publication_place, ocr = s.ocr, file_size = s.file_size, subtitle =
        s.subtitle, extra = s.extra,
        -- end of item columns
        academic_year = y.academic_year, reading_order = m.reading_order, removed_at = NULL, changed_at = :observed_at
    FROM item_match AS m
    JOIN staged_item AS s ON s.position = m.position
    JOIN dcs_mirror.content_item AS b ON b.item_key = m.item_key
    -- An id that returned is one of an earlier year, or of the one that was taken back to. The same answer again changes nothing (R8).
    CROSS JOIN LATERAL (
        SELECT CASE WHEN m.via = 'request-id-returned' AND coalesce(b.academic_year <= :academic_year, true)
                         THEN :returned_year
                    WHEN m.reading_order = b.reading_order THEN b.academic_year
                    ELSE :academic_year END AS academic_year
    ) AS y
    WHERE i.item_key = b.item_key
      AND b.hei_id = :hei_id
      AND NOT m.is_new
      AND NOT m.is_dropped
      AND (
          b.course_key, b.course_code,
          -- item columns: stored
          b.request_id, b.previous_year_id, b.content_guid, b.content_url, b.content_status,
          b.date_created, b.last_modified, b.rejection_message, b.notes, b.licence, b.source, b.type,
          b.identifier, b.doi, b.title, b.extract_title, b.publication_form, b.year, b.volume, b.issue,
          b.page_range, b.author, b.colour_scale, b.publisher, b.extract_author, b.chapter_number,
          b.edition, b.book_pages, b.publication_place, b.ocr, b.file_size, b.subtitle, b.extra,
          -- end of item columns
          b.academic_year, b.removed_at
      ) IS DISTINCT FROM (
          m.course_key, m.course_code,
          -- item columns: staged
          s.request_id, s.previous_year_id, s.content_guid, s.content_url, s.content_status,
          s.date_created, s.last_modified, s.rejection_message, s.notes, s.licence, s.source, s.type,
          s.identifier, s.doi, s.title, s.extract_title, s.publication_form, s.year, s.volume, s.issue,
          s.page_range, s.author, s.colour_scale, s.publisher, s.extract_author, s.chapter_number,
          s.edition, s.book_pages, s.publication_place, s.ocr, s.file_size, s.subtitle, s.extra,
          -- end of item columns
          y.academic_year, NULL
      )
    RETURNING i.item_key,
        CASE WHEN i.request_id <> b.request_id THEN 'renumbered'
             WHEN b.removed_at IS NOT NULL THEN 'restored'
             ELSE 'changed' END AS kind,
        ('{' || concat_ws(',',
            dcs_mirror.difference('course_key', b.course_key, i.course_key),
            dcs_mirror.difference('course_code', b.course_code, i.course_code),
            -- item columns: differences
            dcs_mirror.difference('request_id', b.request_id, i.request_id),
            dcs_mirror.difference('previous_year_id', b.previous_year_id, i.previous_year_id),
            dcs_mirror.difference('content_guid', b.content_guid, i.content_guid),
            dcs_mirror.difference('content_url', b.content_url, i.content_url),
            dcs_mirror.difference('content_status', b.content_status, i.content_status),
            dcs_mirror.difference('date_created', b.date_created, i.date_created),
            dcs_mirror.difference('last_modified', b.last_modified, i.last_modified),
            dcs_mirror.difference('rejection_message', b.rejection_message, i.rejection_message),
            dcs_mirror.difference('notes', b.notes, i.notes),
            dcs_mirror.difference('licence', b.licence, i.licence),
            dcs_mirror.difference('source', b.source, i.source),
            dcs_mirror.difference('type', b.type, i.type),
            dcs_mirror.difference('identifier', b.identifier, i.identifier),
            dcs_mirror.difference('doi', b.doi, i.doi),
            dcs_mirror.difference('title', b.title, i.title),
            dcs_mirror.difference('extract_title', b.extract_title, i.extract_title),
            dcs_mirror.difference('publication_form', b.publication_form, i.publication_form),
            dcs_mirror.difference('year', b.year, i.year),
            dcs_mirror.difference('volume', b.volume, i.volume),
            dcs_mirror.difference('issue', b.issue, i.issue),
            dcs_mirror.difference('page_range', b.page_range, i.page_range),
            dcs_mirror.difference('author', b.author, i.author),
            dcs_mirror.difference('colour_scale', b.colour_scale, i.colour_scale),
            dcs_mirror.difference('publisher', b.publisher, i.publisher),
            dcs_mirror.difference('extract_author', b.extract_author, i.extract_author),
            dcs_mirror.difference('chapter_number', b.chapter_number, i.chapter_number),
            dcs_mirror.difference('edition', b.edition, i.edition),
            dcs_mirror.difference('book_pages', b.book_pages, i.book_pages),
            dcs_mirror.difference('publication_place', b.publication_place, i.publication_place),
            dcs_mirror.difference('ocr', b.ocr, i.ocr),
            dcs_mirror.difference('file_size', b.file_size, i.file_size),
            dcs_mirror.difference('subtitle', b.subtitle, i.subtitle),
            dcs_mirror.difference('extra', b.extra, i.extra),
            -- end of item columns
            dcs_mirror.difference('removed_at', b.removed_at, i.removed_at)) || '}')::jsonb AS details
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'content_item', item_key, kind, details
FROM after
WHERE details <> '{}'
