-- R2: matched items take over what changed, their new request id included; unchanged rows are not touched.
WITH before AS MATERIALIZED (
    SELECT i.* FROM dcs_mirror.content_item AS i JOIN item_match AS m ON m.item_key = i.item_key
),
after AS (
    UPDATE dcs_mirror.content_item AS i
    SET
        course_key = m.course_key, course_code = m.course_code, request_id = s.request_id, previous_year_id = s.previous_year_id,
        content_guid = s.content_guid, content_url = s.content_url, content_status = s.content_status, date_created = s.date_created,
        last_modified = s.last_modified, rejection_message = s.rejection_message, notes = s.notes, licence = s.licence,
        source = s.source, type = s.type, identifier = s.identifier, doi = s.doi,
        title = s.title, extract_title = s.extract_title, publication_form = s.publication_form, year = s.year,
        volume = s.volume, issue = s.issue, page_range = s.page_range, author = s.author,
        colour_scale = s.colour_scale, publisher = s.publisher, extract_author = s.extract_author, chapter_number = s.chapter_number,
        edition = s.edition, book_pages = s.book_pages, publication_place = s.publication_place, ocr = s.ocr,
        file_size = s.file_size, subtitle = s.subtitle, extra = s.extra,
        academic_year = :academic_year, removed_at = NULL, changed_at = :observed_at
    FROM item_match AS m
    JOIN staged_item AS s ON s.position = m.position
    WHERE m.item_key = i.item_key
      AND NOT m.is_new
      AND NOT m.is_dropped
      AND (
          i.course_key, i.course_code, i.request_id, i.previous_year_id, i.content_guid,
          i.content_url, i.content_status, i.date_created, i.last_modified, i.rejection_message,
          i.notes, i.licence, i.source, i.type, i.identifier, i.doi, i.title, i.extract_title,
          i.publication_form, i.year, i.volume, i.issue, i.page_range, i.author, i.colour_scale,
          i.publisher, i.extract_author, i.chapter_number, i.edition, i.book_pages,
          i.publication_place, i.ocr, i.file_size, i.subtitle, i.extra,
          i.removed_at
      ) IS DISTINCT FROM (
          m.course_key, m.course_code, s.request_id, s.previous_year_id, s.content_guid,
          s.content_url, s.content_status, s.date_created, s.last_modified, s.rejection_message,
          s.notes, s.licence, s.source, s.type, s.identifier, s.doi, s.title, s.extract_title,
          s.publication_form, s.year, s.volume, s.issue, s.page_range, s.author, s.colour_scale,
          s.publisher, s.extract_author, s.chapter_number, s.edition, s.book_pages,
          s.publication_place, s.ocr, s.file_size, s.subtitle, s.extra,
          NULL
      )
    RETURNING i.*
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'content_item', after.item_key,
       CASE WHEN after.request_id <> before.request_id THEN 'renumbered'
            WHEN before.removed_at IS NOT NULL THEN 'restored'
            ELSE 'changed' END,
       dcs_mirror.differences(to_jsonb(before), to_jsonb(after)) - '{changed_at,academic_year}'::text[]
FROM after
JOIN before ON before.item_key = after.item_key
