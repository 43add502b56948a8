-- New items.
-- takes: hei_id integer, academic_year text, observed_at timestamptz, started_at timestamptz
-- reads: item_match, staged_item
-- writes: dcs_mirror.content_item
INSERT INTO dcs_mirror.content_item (
    item_key, hei_id, academic_year, reading_order,
    course_key, course_code,
    -- item columns: names
    request_id, previous_year_id, content_guid, content_url, content_status, date_created,
    last_modified, rejection_message, notes, licence, source, type, identifier, doi, title,
    extract_title, publication_form, year, volume, issue, page_range, author, colour_scale,
    publisher, extract_author, chapter_number, edition, book_pages, publication_place, ocr,
    file_size, subtitle, extra,
    -- end of item columns
    first_seen_at, seen_at, changed_at
)
SELECT
    m.item_key, :hei_id, :academic_year, m.reading_order,
    m.course_key, m.course_code,
    -- item columns: staged
    s.request_id, s.previous_year_id, s.content_guid, s.content_url, s.content_status,
    s.date_created, s.last_modified, s.rejection_message, s.notes, s.licence, s.source, s.type,
    s.identifier, s.doi, s.title, s.extract_title, s.publication_form, s.year, s.volume, s.issue,
    s.page_range, s.author, s.colour_scale, s.publisher, s.extract_author, s.chapter_number,
    s.edition, s.book_pages, s.publication_place, s.ocr, s.file_size, s.subtitle, s.extra,
    -- end of item columns
    :observed_at, :started_at, :observed_at
FROM item_match AS m
JOIN staged_item AS s ON s.position = m.position
WHERE m.is_new
ORDER BY m.item_key
