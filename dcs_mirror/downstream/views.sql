-- The contract with downstream systems: columns are only ever added, at the end. Applied if it differs.

-- Run by those who read the views.
GRANT EXECUTE
    ON FUNCTION dcs_mirror.isbn13(text), dcs_mirror.issn(text),
                dcs_mirror.isbn13_in_text(text), dcs_mirror.issn_in_text(text),
                dcs_mirror.words(text), dcs_mirror.title_words(integer, text, text, text),
                dcs_mirror.title_query(text, integer[]),
                dcs_mirror.why_not(timestamptz, text, boolean, timestamptz, text, text)
    TO PUBLIC;
-- Which roles give access is no secret, and `doctor` must know it for an account that lacks it.
GRANT SELECT ON dcs_mirror.role TO PUBLIC;

COMMENT ON SCHEMA dcs IS 'Mirror of the CLA Digital Content Store: the views and functions that downstream systems query.';

CREATE OR REPLACE VIEW dcs.institution AS
    SELECT i.hei_id, i.name, i.subscribed, i.academic_year, i.first_seen_at,
           applied.recorded_at AS last_synced_at, latest.outcome AS last_sync_outcome
    FROM dcs_mirror.institution AS i
    LEFT JOIN LATERAL (
        SELECT o.recorded_at FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = i.hei_id AND o.reading_order IS NOT NULL
        ORDER BY o.run_id DESC LIMIT 1
    ) AS applied ON true
    LEFT JOIN LATERAL (
        SELECT o.outcome FROM dcs_mirror.sync_outcome AS o
        JOIN dcs_mirror.sync_run AS r ON r.run_id = o.run_id
        -- Release 0.1.0 did not note what was read.
        WHERE o.hei_id = i.hei_id AND coalesce(o.is_full, r.kind = 'sync' OR o.reading_order IS NOT NULL)
        ORDER BY o.run_id DESC LIMIT 1
    ) AS latest ON true;

COMMENT ON VIEW dcs.institution IS 'Institutions (HEIs) whose content the mirror''s credentials can read, or could read at some time.';
COMMENT ON COLUMN dcs.institution.hei_id IS 'The DCS''s id of the institution.';
COMMENT ON COLUMN dcs.institution.name IS 'Name in the DCS; null until a list of institutions has been read.';
COMMENT ON COLUMN dcs.institution.subscribed IS 'False once the DCS no longer lists the institution; its rows stay.';
COMMENT ON COLUMN dcs.institution.academic_year IS 'Current academic year of the institution, such as 2025-2026; it advances at the June rollover.';
COMMENT ON COLUMN dcs.institution.first_seen_at IS 'When the mirror first saw the institution.';
COMMENT ON COLUMN dcs.institution.last_synced_at IS 'When a complete reading of the institution was last applied.';
COMMENT ON COLUMN dcs.institution.last_sync_outcome IS 'Outcome of the latest reading of the whole institution: complete, partial, held, failed or unsubscribed. A refresh of one course or request does not change it.';

CREATE OR REPLACE VIEW dcs.course AS
    SELECT c.course_key, c.hei_id, c.course_id, c.course_code, c.name, c.academic_year, c.status,
           c.duration, c.lecturer, c.first_seen_at, c.changed_at, c.removed_at
    FROM dcs_mirror.course AS c;

COMMENT ON VIEW dcs.course IS 'Courses, including those that the DCS no longer lists (removed_at).';
COMMENT ON COLUMN dcs.course.course_key IS 'The mirror''s own id of the course; never changes and is never reused.';
COMMENT ON COLUMN dcs.course.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.course.course_id IS 'The DCS''s id of the course; may change at a rollover.';
COMMENT ON COLUMN dcs.course.course_code IS 'Course code; unique among an institution''s courses that are not deleted.';
COMMENT ON COLUMN dcs.course.name IS 'Name of the course.';
COMMENT ON COLUMN dcs.course.academic_year IS 'Academic year of the course, such as 2025-2026.';
COMMENT ON COLUMN dcs.course.status IS 'Active, Archived or Deleted.';
COMMENT ON COLUMN dcs.course.duration IS 'Duration in weeks.';
COMMENT ON COLUMN dcs.course.lecturer IS 'Lead lecturer.';
COMMENT ON COLUMN dcs.course.first_seen_at IS 'When the mirror first saw the course.';
COMMENT ON COLUMN dcs.course.changed_at IS 'When the mirror last saw any other column change.';
COMMENT ON COLUMN dcs.course.removed_at IS 'When the course was first missing from a complete list of courses; null while the DCS lists it.';

CREATE OR REPLACE VIEW dcs.content_item AS
    SELECT c.item_key, c.hei_id, c.course_key, c.course_code,
           -- item columns: view
           c.request_id, c.previous_year_id, c.content_guid, c.content_url, c.content_status,
           c.date_created, c.last_modified, c.rejection_message, c.notes, c.licence, c.source, c.type,
           c.identifier, c.doi, c.title, c.extract_title, c.publication_form, c.year, c.volume, c.issue,
           c.page_range, c.author, c.colour_scale, c.publisher, c.extract_author, c.chapter_number,
           c.edition, c.book_pages, c.publication_place, c.ocr, c.file_size, c.subtitle, c.extra,
           -- end of item columns
           c.first_seen_at, c.changed_at, c.removed_at, w.why_not IS NULL AS is_openable, w.why_not,
           c.isbn13, c.issn
           -- item columns: late view
           -- end of item columns
    FROM dcs_mirror.content_item AS c
    -- A course's items are of its institution. To say so spares whoever asks for one institution the others' courses.
    LEFT JOIN dcs_mirror.course AS o ON o.course_key = c.course_key AND o.hei_id = c.hei_id
    CROSS JOIN LATERAL (
        SELECT dcs_mirror.why_not(c.removed_at, c.content_status, o.course_key IS NOT NULL, o.removed_at, o.status,
                                  c.content_url) AS why_not
    ) AS w;

COMMENT ON VIEW dcs.content_item IS 'Content items (digitised chapters and articles) and requests for them, including removed ones.';
COMMENT ON COLUMN dcs.content_item.item_key IS 'The mirror''s own id of the item; never changes and is never reused.';
COMMENT ON COLUMN dcs.content_item.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.content_item.course_key IS 'Course that holds the item; null for a request that no course holds.';
COMMENT ON COLUMN dcs.content_item.course_code IS 'Code of that course.';
-- item columns: comments
COMMENT ON COLUMN dcs.content_item.request_id IS 'The DCS''s id of the item in the current academic year; replaced every June.';
COMMENT ON COLUMN dcs.content_item.previous_year_id IS 'The DCS''s id of the item in the previous academic year; null if it had none.';
COMMENT ON COLUMN dcs.content_item.content_guid IS 'Id in the content link; does not change at a rollover.';
COMMENT ON COLUMN dcs.content_item.content_url IS 'Link that students follow; null or empty until the item was first active.';
COMMENT ON COLUMN dcs.content_item.content_status IS 'New Request, Rejected, Pending, Active, Archived or Deleted; students can open Active items only.';
COMMENT ON COLUMN dcs.content_item.date_created IS 'When the item was created, according to the DCS.';
COMMENT ON COLUMN dcs.content_item.last_modified IS 'When the item was last changed, according to the DCS.';
COMMENT ON COLUMN dcs.content_item.rejection_message IS 'Reason code of a rejection.';
COMMENT ON COLUMN dcs.content_item.notes IS 'Rejection or publication note.';
COMMENT ON COLUMN dcs.content_item.licence IS 'Licence under which the item is used.';
COMMENT ON COLUMN dcs.content_item.source IS 'Where the content comes from.';
COMMENT ON COLUMN dcs.content_item.type IS 'Book or Journal.';
COMMENT ON COLUMN dcs.content_item.identifier IS 'ISBN or ISSN, as upstream gives it.';
COMMENT ON COLUMN dcs.content_item.doi IS 'DOI of a journal article.';
COMMENT ON COLUMN dcs.content_item.title IS 'Title of the book or journal.';
COMMENT ON COLUMN dcs.content_item.extract_title IS 'Title of the chapter or article.';
COMMENT ON COLUMN dcs.content_item.publication_form IS 'Print or Digital.';
COMMENT ON COLUMN dcs.content_item.year IS 'Year of publication, as text.';
COMMENT ON COLUMN dcs.content_item.volume IS 'Volume.';
COMMENT ON COLUMN dcs.content_item.issue IS 'Issue.';
COMMENT ON COLUMN dcs.content_item.page_range IS 'Pages of the extract.';
COMMENT ON COLUMN dcs.content_item.author IS 'Author.';
COMMENT ON COLUMN dcs.content_item.colour_scale IS 'BlackAndWhite, Greyscale or Colour.';
COMMENT ON COLUMN dcs.content_item.publisher IS 'Publisher.';
COMMENT ON COLUMN dcs.content_item.extract_author IS 'Author of the chapter or article.';
COMMENT ON COLUMN dcs.content_item.chapter_number IS 'Number of the chapter.';
COMMENT ON COLUMN dcs.content_item.edition IS 'Edition.';
COMMENT ON COLUMN dcs.content_item.book_pages IS 'Number of pages of the book.';
COMMENT ON COLUMN dcs.content_item.publication_place IS 'Place of publication.';
COMMENT ON COLUMN dcs.content_item.ocr IS 'Whether the scan has recognised text.';
COMMENT ON COLUMN dcs.content_item.file_size IS 'Size of the file in KB.';
COMMENT ON COLUMN dcs.content_item.subtitle IS 'Subtitle of the book.';
COMMENT ON COLUMN dcs.content_item.extra IS 'Fields of the DCS that have no column here, and values that could not be read into their column, under the DCS''s keys.';
-- end of item columns
COMMENT ON COLUMN dcs.content_item.first_seen_at IS 'When the mirror first saw the item.';
COMMENT ON COLUMN dcs.content_item.changed_at IS 'When the mirror last saw any other column change.';
COMMENT ON COLUMN dcs.content_item.removed_at IS 'When the item was first missing from a complete answer; null while the DCS lists it.';
COMMENT ON COLUMN dcs.content_item.is_openable IS 'Whether a student can open the link today, as far as the mirror knows.';
COMMENT ON COLUMN dcs.content_item.why_not IS 'Null if it can be opened, else the first reason of: removed, course-removed, course-deleted, course-archived, archived, deleted, pending, rejected, new-request, no-link. A status that the specification does not name is shown in lower case, a missing one as unknown, that of a course as course-….';
COMMENT ON COLUMN dcs.content_item.isbn13 IS 'The ISBN in identifier, as 13 digits however it is written there; null if none is valid or if there are several. Compare with dcs.isbn13(…).';
COMMENT ON COLUMN dcs.content_item.issn IS 'The ISSN in identifier, such as 0317-8471; null if none is valid or if there are several. Compare with dcs.issn(…).';

CREATE OR REPLACE VIEW dcs.unverifiable_item AS
    SELECT i.hei_id, i.item_key,
           CASE WHEN coalesce(btrim(i.identifier, E' \t\r\n\u00a0'), '') = '' THEN 'no-identifier'
                ELSE 'invalid-identifier' END AS reason
    FROM dcs_mirror.content_item AS i
    WHERE i.isbn13 IS NULL AND i.issn IS NULL AND i.removed_at IS NULL AND lower(btrim(i.content_status)) = 'active';

COMMENT ON VIEW dcs.unverifiable_item IS 'Active items that a licence recheck cannot look up, because their identifier is no ISBN or ISSN.';
COMMENT ON COLUMN dcs.unverifiable_item.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.unverifiable_item.item_key IS 'Item.';
COMMENT ON COLUMN dcs.unverifiable_item.reason IS 'no-identifier: it is empty; invalid-identifier: it holds no valid ISBN or ISSN, or several.';

CREATE OR REPLACE VIEW dcs.request_id_history AS
    SELECT h.hei_id, h.old_request_id, h.item_key, i.request_id, h.academic_year, h.replaced_at, h.via
    FROM dcs_mirror.request_id_history AS h
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key;

COMMENT ON VIEW dcs.request_id_history IS 'Every request id that was replaced, or that was asked for and led to an item, and its item. Rows are kept forever. An id that the DCS took back into use is current again.';
COMMENT ON COLUMN dcs.request_id_history.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.request_id_history.old_request_id IS 'Request id of an earlier year.';
COMMENT ON COLUMN dcs.request_id_history.item_key IS 'Item that the id identified.';
COMMENT ON COLUMN dcs.request_id_history.request_id IS 'The item''s current request id.';
COMMENT ON COLUMN dcs.request_id_history.academic_year IS 'Academic year of the id that replaced it.';
COMMENT ON COLUMN dcs.request_id_history.replaced_at IS 'When the mirror saw the replacement.';
COMMENT ON COLUMN dcs.request_id_history.via IS 'How the replacement was recognised: previous-year-id, content-guid, request-id-lookup or request-id-returned.';

CREATE OR REPLACE VIEW dcs.recheck_flag AS
    SELECT f.flag_id, f.hei_id, f.item_key, i.request_id, i.course_code, i.title, f.licence_year, f.kind,
           f.previous_status, f.content_status, f.licence_before, f.licence, f.flagged_at,
           f.acknowledged_at, f.acknowledged_note, f.resolved_at, f.resolution, f.assigned_to
    FROM dcs_mirror.recheck_flag AS f
    JOIN dcs_mirror.content_item AS i ON i.item_key = f.item_key;

COMMENT ON VIEW dcs.recheck_flag IS 'Items that the August licence recheck took away, or whose licence it changed.';
COMMENT ON COLUMN dcs.recheck_flag.flag_id IS 'Id of the flag.';
COMMENT ON COLUMN dcs.recheck_flag.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.recheck_flag.item_key IS 'Flagged item.';
COMMENT ON COLUMN dcs.recheck_flag.request_id IS 'The item''s current request id.';
COMMENT ON COLUMN dcs.recheck_flag.course_code IS 'Code of the course that holds the item.';
COMMENT ON COLUMN dcs.recheck_flag.title IS 'Title of the book or journal.';
COMMENT ON COLUMN dcs.recheck_flag.licence_year IS 'Calendar year in whose August the licence year begins.';
COMMENT ON COLUMN dcs.recheck_flag.kind IS 'pending: the item went from Active to Pending; licence: it stayed Active under another licence.';
COMMENT ON COLUMN dcs.recheck_flag.previous_status IS 'Status before the recheck.';
COMMENT ON COLUMN dcs.recheck_flag.content_status IS 'Status after the recheck.';
COMMENT ON COLUMN dcs.recheck_flag.licence_before IS 'Licence before the recheck.';
COMMENT ON COLUMN dcs.recheck_flag.licence IS 'Licence after the recheck.';
COMMENT ON COLUMN dcs.recheck_flag.flagged_at IS 'When the flag was raised.';
COMMENT ON COLUMN dcs.recheck_flag.acknowledged_at IS 'When the flag was acknowledged; null until then.';
COMMENT ON COLUMN dcs.recheck_flag.acknowledged_note IS 'Note of the acknowledgement.';
COMMENT ON COLUMN dcs.recheck_flag.resolved_at IS 'When the flag was resolved; null while it is open.';
COMMENT ON COLUMN dcs.recheck_flag.resolution IS 'How it was resolved: reinstated, archived, deleted, rejected or removed.';
COMMENT ON COLUMN dcs.recheck_flag.assigned_to IS 'Who looks after it, as a person wrote it; null if nobody was named.';

CREATE OR REPLACE VIEW dcs.status_change AS
    SELECT s.status_change_id, s.hei_id, s.item_key, s.request_id, s.from_status, s.to_status,
           s.licence_before, s.licence, s.last_seen_at, s.observed_at
    FROM dcs_mirror.status_change AS s;

COMMENT ON VIEW dcs.status_change IS 'Every change of an item''s status or licence, with the interval in which it happened.';
COMMENT ON COLUMN dcs.status_change.status_change_id IS 'Id of the change.';
COMMENT ON COLUMN dcs.status_change.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.status_change.item_key IS 'Item that changed.';
COMMENT ON COLUMN dcs.status_change.request_id IS 'The item''s request id when the change was seen.';
COMMENT ON COLUMN dcs.status_change.from_status IS 'Status before; equal to to_status if only the licence changed.';
COMMENT ON COLUMN dcs.status_change.to_status IS 'Status after.';
COMMENT ON COLUMN dcs.status_change.licence_before IS 'Licence before.';
COMMENT ON COLUMN dcs.status_change.licence IS 'Licence after.';
COMMENT ON COLUMN dcs.status_change.last_seen_at IS 'When the old status was last seen: the change happened after it.';
COMMENT ON COLUMN dcs.status_change.observed_at IS 'When the new status was first seen: the change happened no later than this.';

-- The values of an added row are not stored: they are derived from the current row by undoing later changes. Not
-- by a join, so that max(change_id) is read from the index. From the tables and not from their views, which every question
-- that names this one would have to plan.
CREATE OR REPLACE VIEW dcs.change AS
    SELECT c.change_id, c.run_id, c.hei_id, c.entity, c.key, c.kind,
           CASE WHEN c.kind <> 'added' THEN c.details ELSE (
               SELECT coalesce(jsonb_object_agg(f.key, jsonb_build_array(NULL, f.value)), '{}') AS details
               FROM jsonb_each(
                   CASE c.entity
                       WHEN 'content_item' THEN (
                           SELECT to_jsonb(v)
                           FROM (
                               SELECT hei_id, course_key, course_code,
                                      -- item columns: names
                                      request_id, previous_year_id, content_guid, content_url, content_status, date_created,
                                      last_modified, rejection_message, notes, licence, source, type, identifier, doi, title,
                                      extract_title, publication_form, year, volume, issue, page_range, author, colour_scale,
                                      publisher, extract_author, chapter_number, edition, book_pages, publication_place, ocr,
                                      file_size, subtitle, extra,
                                      -- end of item columns
                                      removed_at
                               FROM dcs_mirror.content_item WHERE item_key = c.key
                           ) AS v)
                       WHEN 'course' THEN (
                           SELECT to_jsonb(v)
                           FROM (
                               SELECT hei_id, course_id, course_code, name, academic_year, status, duration,
                                      lecturer, removed_at
                               FROM dcs_mirror.course WHERE course_key = c.key
                           ) AS v)
                       ELSE (
                           SELECT to_jsonb(v)
                           FROM (
                               SELECT name, subscribed, academic_year FROM dcs_mirror.institution WHERE hei_id = c.key
                           ) AS v)
                   END || coalesce((
                       SELECT jsonb_object_agg(first.key, first.value)
                       FROM (
                           SELECT DISTINCT ON (d.key) d.key, d.value -> 0 AS value
                           FROM dcs_mirror.change AS later, jsonb_each(later.details) AS d
                           WHERE later.entity = c.entity AND later.key = c.key AND later.kind <> 'added'
                             AND later.change_id > c.change_id
                           ORDER BY d.key, later.change_id
                       ) AS first
                   ), '{}')
               ) AS f
               WHERE f.value <> 'null'
           ) END AS details,
           c.observed_at
    FROM dcs_mirror.change AS c;

COMMENT ON VIEW dcs.change IS 'Change feed: every change of institutions, courses and content items, in the order in which it became visible.';
COMMENT ON COLUMN dcs.change.change_id IS 'Increases in the order in which changes become visible: store the highest id read, and next time select greater ones.';
COMMENT ON COLUMN dcs.change.run_id IS 'Run that saw the change.';
COMMENT ON COLUMN dcs.change.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.change.entity IS 'institution, course or content_item.';
COMMENT ON COLUMN dcs.change.key IS 'hei_id, course_key or item_key.';
COMMENT ON COLUMN dcs.change.kind IS 'added, changed, removed, restored or renumbered.';
COMMENT ON COLUMN dcs.change.details IS 'Column -> [before, after] for every column that changed; columns missing from an added row are null. Does not include first_seen_at, changed_at, last_synced_at and last_sync_outcome, nor is_openable, why_not, isbn13 and issn, which follow from other columns.';
COMMENT ON COLUMN dcs.change.observed_at IS 'When the change was seen.';

CREATE OR REPLACE VIEW dcs.sync_run AS
    SELECT r.run_id, r.kind, r.started_at, r.finished_at, r.outcome, r.requests, r.error
    FROM dcs_mirror.sync_run AS r;

COMMENT ON VIEW dcs.sync_run IS 'Runs of sync, refresh, reconcile and purge.';
COMMENT ON COLUMN dcs.sync_run.run_id IS 'Id of the run.';
COMMENT ON COLUMN dcs.sync_run.kind IS 'sync, refresh, institutions (a reading of their list alone), reconcile or purge.';
COMMENT ON COLUMN dcs.sync_run.started_at IS 'When it began.';
COMMENT ON COLUMN dcs.sync_run.finished_at IS 'When it ended; null while it is in progress; for a killed run, when the next run found it.';
COMMENT ON COLUMN dcs.sync_run.outcome IS 'complete, partial, failed or interrupted; null while it is in progress.';
COMMENT ON COLUMN dcs.sync_run.requests IS 'HTTP requests sent to the DCS.';
COMMENT ON COLUMN dcs.sync_run.error IS 'Error that ended the run early.';

CREATE OR REPLACE VIEW dcs.sync_outcome AS
    SELECT o.run_id, o.hei_id, o.outcome, o.courses, o.content_items, o.added, o.changed, o.removed,
           o.renumbered, o.flagged, o.error, o.quarantined, o.courses_changed
    FROM dcs_mirror.sync_outcome AS o;

COMMENT ON VIEW dcs.sync_outcome IS 'The result of each run for each institution.';
COMMENT ON COLUMN dcs.sync_outcome.run_id IS 'Run.';
COMMENT ON COLUMN dcs.sync_outcome.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.sync_outcome.outcome IS 'complete, partial, held, failed or unsubscribed; purged if the institution was deleted.';
COMMENT ON COLUMN dcs.sync_outcome.courses IS 'Courses of the institution that the DCS lists, after the run.';
COMMENT ON COLUMN dcs.sync_outcome.content_items IS 'Content items of the institution that the DCS lists, after the run.';
COMMENT ON COLUMN dcs.sync_outcome.added IS 'Content items that the run added or restored.';
COMMENT ON COLUMN dcs.sync_outcome.changed IS 'Content items in which the run changed a column other than the request id.';
COMMENT ON COLUMN dcs.sync_outcome.removed IS 'Content items that the run marked as removed.';
COMMENT ON COLUMN dcs.sync_outcome.renumbered IS 'Content items to which the run gave a new request id.';
COMMENT ON COLUMN dcs.sync_outcome.flagged IS 'Recheck flags that the run raised.';
COMMENT ON COLUMN dcs.sync_outcome.error IS 'The first problems of the run; for a purge, the number of rows deleted from each table.';
COMMENT ON COLUMN dcs.sync_outcome.quarantined IS 'Records without an id that the run met and put into quarantine.';
COMMENT ON COLUMN dcs.sync_outcome.courses_changed IS 'Courses in which the run changed a column, such as archived ones, removed and restored ones too; new ones do not count. Archiving a course closes the links of its items.';

-- The text of the records is left out: it may be anything that the DCS sent, and is not safe to display.
-- `dcs-mirror quarantine` shows it to the operator.
CREATE OR REPLACE VIEW dcs.quarantine AS
    SELECT q.quarantine_id, nullif(q.hei_id, 0) AS hei_id,
           CASE WHEN q.hei_id = 0 THEN 'GetInstitutions'
                WHEN q.course_key IS NULL AND q.request_id IS NULL THEN 'GetCourses'
                ELSE 'GetCourseContent' END AS method,
           q.course_key, c.course_code, q.request_id, q.position, q.reason, q.first_seen_at, q.cleared_at
    FROM dcs_mirror.quarantine AS q
    LEFT JOIN dcs_mirror.course AS c ON c.course_key = q.course_key;

COMMENT ON VIEW dcs.quarantine IS 'Records from the DCS without an id or a course code; they are not mirrored, and cleared once the DCS corrects them.';
COMMENT ON COLUMN dcs.quarantine.quarantine_id IS 'Id of the record in quarantine.';
COMMENT ON COLUMN dcs.quarantine.hei_id IS 'Institution; null if the record was in the list of institutions.';
COMMENT ON COLUMN dcs.quarantine.method IS 'Method of the DCS whose answer held the record: GetInstitutions, GetCourses or GetCourseContent.';
COMMENT ON COLUMN dcs.quarantine.course_key IS 'Course whose content held the record; null for other answers.';
COMMENT ON COLUMN dcs.quarantine.course_code IS 'Code of that course.';
COMMENT ON COLUMN dcs.quarantine.request_id IS 'Request id that was looked up; null for other answers.';
COMMENT ON COLUMN dcs.quarantine.position IS 'Position of the record in the list when it was first seen; 1 is the first.';
COMMENT ON COLUMN dcs.quarantine.reason IS 'Which key is missing or cannot be read.';
COMMENT ON COLUMN dcs.quarantine.first_seen_at IS 'When the mirror first saw it.';
COMMENT ON COLUMN dcs.quarantine.cleared_at IS 'When the DCS no longer sent it; null while the latest answer holds it. Cleared records are kept for a year.';

CREATE OR REPLACE VIEW dcs.rollover AS
    SELECT r.hei_id, r.academic_year, r.previous_year, r.renumbered, r.new, r.not_carried_over, r.looked_up,
           r.conflicts, r.observed_at
    FROM dcs_mirror.rollover AS r;

COMMENT ON VIEW dcs.rollover IS 'June rollovers: one row for each institution and academic year, with counts of its content items.';
COMMENT ON COLUMN dcs.rollover.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.rollover.academic_year IS 'Academic year that began.';
COMMENT ON COLUMN dcs.rollover.previous_year IS 'Academic year that the mirror held before; more than one year earlier if the mirror missed rollovers.';
COMMENT ON COLUMN dcs.rollover.renumbered IS 'Content items that got a new request id.';
COMMENT ON COLUMN dcs.rollover.new IS 'Content items that the mirror did not know before.';
COMMENT ON COLUMN dcs.rollover.not_carried_over IS 'Content items that the new year does not contain.';
COMMENT ON COLUMN dcs.rollover.looked_up IS 'Renumbered items that were found only by a look-up of their old id.';
COMMENT ON COLUMN dcs.rollover.conflicts IS 'Items that claimed the same old id as another item, and count as new.';
COMMENT ON COLUMN dcs.rollover.observed_at IS 'When the mirror first saw the new year.';

-- For joins over many stored ids: the planner optimises a view together with the query, but not a function. No
-- id is in two parts. The id of a removed item leads to the live item that the history names for it, if there is one.
-- An id that was replaced may be current again.
CREATE OR REPLACE VIEW dcs.request_id AS
    SELECT i.request_id, i.hei_id, i.request_id AS current_request_id, i.item_key
    FROM dcs_mirror.content_item AS i
    WHERE i.removed_at IS NULL
    UNION ALL
    SELECT i.request_id, i.hei_id, coalesce(t.request_id, i.request_id), coalesce(t.item_key, i.item_key)
    FROM dcs_mirror.content_item AS i
    LEFT JOIN (dcs_mirror.request_id_history AS h
               JOIN dcs_mirror.content_item AS t ON t.item_key = h.item_key AND t.removed_at IS NULL)
      ON h.hei_id = i.hei_id AND h.old_request_id = i.request_id
    WHERE i.removed_at IS NOT NULL
    UNION ALL
    SELECT h.old_request_id, h.hei_id, i.request_id, h.item_key
    FROM dcs_mirror.request_id_history AS h
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key
    WHERE NOT EXISTS (SELECT FROM dcs_mirror.content_item AS c
                      WHERE c.hei_id = h.hei_id AND c.request_id = h.old_request_id);

COMMENT ON VIEW dcs.request_id IS 'Every request id ever seen, of any academic year, and the current one: for joins over many stored ids.';
COMMENT ON COLUMN dcs.request_id.request_id IS 'Request id of any academic year.';
COMMENT ON COLUMN dcs.request_id.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.request_id.current_request_id IS 'The current request id of the same item.';
COMMENT ON COLUMN dcs.request_id.item_key IS 'Item that both ids identify.';

-- Each reading that is applied keeps what became of a request with its call: reconcile/sql/requests. To count requests or to
-- put them in order, no item is read: PostgreSQL leaves out the join and the subqueries of columns that are not asked for.
CREATE OR REPLACE VIEW dcs.submitted_request AS
    SELECT c.call_id, c.hei_id, c.request_id, i.request_id AS current_request_id,
           coalesce((SELECT t.course_code FROM dcs_mirror.content_item AS t WHERE t.item_key = c.item_key),
                    c.parameters ->> 'CourseCode') AS course_code,
           coalesce(c.parameters ->> 'Title',
                    (SELECT t.title FROM dcs_mirror.content_item AS t WHERE t.item_key = c.item_key)) AS title,
           c.sent_at AS submitted_at, i.content_status,
           c.request_ended_at AS ended_at, i.rejection_message, c.item_key, c.ended_at AS accepted_at,
           coalesce(c.request_state, 'waiting') AS state
    FROM dcs_mirror.call AS c
    LEFT JOIN dcs_mirror.content_item AS i ON i.item_key = c.item_key
    WHERE c.method = 'SubmitRequest' AND c.request_id IS NOT NULL AND (c.state = 'answered' OR c.settlement = 'taken');

COMMENT ON VIEW dcs.submitted_request IS 'Requests that were submitted through the mirror and that the DCS accepted, and what became of them.';
COMMENT ON COLUMN dcs.submitted_request.call_id IS 'Number of the call in the journal: dcs-mirror calls show.';
COMMENT ON COLUMN dcs.submitted_request.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.submitted_request.request_id IS 'Request id that the DCS gave it then.';
COMMENT ON COLUMN dcs.submitted_request.current_request_id IS 'Its request id now; null if no answer of the DCS has shown it yet.';
COMMENT ON COLUMN dcs.submitted_request.course_code IS 'Code of its course now; as submitted if no answer of the DCS has shown it yet.';
COMMENT ON COLUMN dcs.submitted_request.title IS 'Title that was submitted.';
COMMENT ON COLUMN dcs.submitted_request.submitted_at IS 'When it was sent.';
COMMENT ON COLUMN dcs.submitted_request.content_status IS 'Status of its item now; null if no answer of the DCS has shown it yet.';
COMMENT ON COLUMN dcs.submitted_request.ended_at IS 'When the mirror first saw that it was decided, that is neither New Request nor Pending any more, or that it was removed; null while it waits.';
COMMENT ON COLUMN dcs.submitted_request.rejection_message IS 'Why it was rejected, as the DCS says it.';
COMMENT ON COLUMN dcs.submitted_request.item_key IS 'Its item; null if no answer of the DCS has shown it yet.';
COMMENT ON COLUMN dcs.submitted_request.accepted_at IS 'When the DCS gave it its id, or when somebody settled the call by it.';
COMMENT ON COLUMN dcs.submitted_request.state IS 'waiting; rejected; open if students can open its item; closed if it was decided and they cannot.';

CREATE OR REPLACE VIEW dcs.open_call AS
    SELECT c.call_id, c.hei_id, c.method, c.parameters ->> 'CourseCode' AS course_code,
           c.parameters ->> 'Title' AS title, c.parameters ->> 'Status' AS status, c.state, c.sent_at
    FROM dcs_mirror.call AS c
    WHERE c.state IN ('sent', 'unknown');

COMMENT ON VIEW dcs.open_call IS 'Writes to the DCS whose outcome is not known; nobody''s name or address is shown.';
COMMENT ON COLUMN dcs.open_call.call_id IS 'Number of the call in the journal: dcs-mirror calls settle.';
COMMENT ON COLUMN dcs.open_call.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.open_call.method IS 'SubmitRequest, SubmitCourse or AmendCourse.';
COMMENT ON COLUMN dcs.open_call.course_code IS 'Code of the course that was sent; null of a request for no course.';
COMMENT ON COLUMN dcs.open_call.title IS 'Title of the work that was requested; null for other methods.';
COMMENT ON COLUMN dcs.open_call.status IS 'Status to which a course was to be set; null if none was sent.';
COMMENT ON COLUMN dcs.open_call.state IS 'unknown if no answer came; sent if none is recorded: it is in progress, or its process was killed.';
COMMENT ON COLUMN dcs.open_call.sent_at IS 'When it was sent.';

CREATE OR REPLACE VIEW dcs.feed_state AS
    SELECT s.epoch, s.low_water,
           greatest(s.low_water, (SELECT max(c.change_id) FROM dcs_mirror.change AS c)) AS high_water,
           s.low_water_at
    FROM dcs_mirror.feed_state AS s;

COMMENT ON VIEW dcs.feed_state IS 'One row: what a follower of dcs.change compares before it reads on.';
COMMENT ON COLUMN dcs.feed_state.epoch IS 'Another one after the mirror''s database was restored, or failed over: what was read before may not have happened, so read everything again from the views.';
COMMENT ON COLUMN dcs.feed_state.low_water IS 'Changes up to this change_id were deleted to save space; 0 if none. Whoever has not read them reads everything again from the views.';
COMMENT ON COLUMN dcs.feed_state.high_water IS 'The highest change_id so far; 0 before the first change.';
COMMENT ON COLUMN dcs.feed_state.low_water_at IS 'The time of the latest change that was deleted: dcs.item_as_of knows no earlier instant; null if none was deleted.';
