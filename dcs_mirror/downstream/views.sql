-- The contract with downstream: columns are only ever added, at the end. Applied again after every migration.

CREATE SCHEMA IF NOT EXISTS dcs;

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
        WHERE o.hei_id = i.hei_id
        ORDER BY o.run_id DESC LIMIT 1
    ) AS latest ON true;

COMMENT ON VIEW dcs.institution IS 'Institutions (HEIs) that have subscribed the mirror''s credentials, now or at some time.';
COMMENT ON COLUMN dcs.institution.hei_id IS 'Upstream''s id of the institution.';
COMMENT ON COLUMN dcs.institution.name IS 'Name as upstream gives it; null until an institution list was read.';
COMMENT ON COLUMN dcs.institution.subscribed IS 'False once the institution is no longer listed; its rows stay.';
COMMENT ON COLUMN dcs.institution.academic_year IS 'Academic year the institution is in, like 2025-2026; it advances at the June rollover.';
COMMENT ON COLUMN dcs.institution.first_seen_at IS 'When the mirror first saw the institution.';
COMMENT ON COLUMN dcs.institution.last_synced_at IS 'When the institution was last read as a whole and applied.';
COMMENT ON COLUMN dcs.institution.last_sync_outcome IS 'Outcome of the latest sync or refresh: complete, partial, held, failed or unsubscribed.';

CREATE OR REPLACE VIEW dcs.course AS
    SELECT c.course_key, c.hei_id, c.course_id, c.course_code, c.name, c.academic_year, c.status,
           c.duration, c.lecturer, c.first_seen_at, c.changed_at, c.removed_at
    FROM dcs_mirror.course AS c;

COMMENT ON VIEW dcs.course IS 'Courses, also those that upstream no longer lists (removed_at).';
COMMENT ON COLUMN dcs.course.course_key IS 'The mirror''s own id of the course: never changes, is never reused.';
COMMENT ON COLUMN dcs.course.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.course.course_id IS 'Upstream''s id of the course; may change at a rollover.';
COMMENT ON COLUMN dcs.course.course_code IS 'Course code; unique among an institution''s courses that are not deleted.';
COMMENT ON COLUMN dcs.course.name IS 'Name of the course.';
COMMENT ON COLUMN dcs.course.academic_year IS 'Academic year the course is in, like 2025-2026.';
COMMENT ON COLUMN dcs.course.status IS 'Active, Archived or Deleted.';
COMMENT ON COLUMN dcs.course.duration IS 'Duration in weeks.';
COMMENT ON COLUMN dcs.course.lecturer IS 'Lead lecturer.';
COMMENT ON COLUMN dcs.course.first_seen_at IS 'When the mirror first saw the course.';
COMMENT ON COLUMN dcs.course.changed_at IS 'When the mirror last saw any other column change.';
COMMENT ON COLUMN dcs.course.removed_at IS 'When the course was first missing from a complete course list; null while it is listed.';

CREATE OR REPLACE VIEW dcs.content_item AS
    SELECT c.item_key, c.hei_id, c.course_key, c.course_code,
           -- item columns: view
           c.request_id, c.previous_year_id, c.content_guid, c.content_url, c.content_status,
           c.date_created, c.last_modified, c.rejection_message, c.notes, c.licence, c.source, c.type,
           c.identifier, c.doi, c.title, c.extract_title, c.publication_form, c.year, c.volume, c.issue,
           c.page_range, c.author, c.colour_scale, c.publisher, c.extract_author, c.chapter_number,
           c.edition, c.book_pages, c.publication_place, c.ocr, c.file_size, c.subtitle, c.extra,
           -- end of item columns
           c.first_seen_at, c.changed_at, c.removed_at
           -- item columns: late view
           -- end of item columns
    FROM dcs_mirror.content_item AS c;

COMMENT ON VIEW dcs.content_item IS 'Content items (digitised chapters and articles) and requests for them, also removed ones.';
COMMENT ON COLUMN dcs.content_item.item_key IS 'The mirror''s own id of the item: never changes, is never reused.';
COMMENT ON COLUMN dcs.content_item.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.content_item.course_key IS 'Course that holds the item; null for a request that no course holds.';
COMMENT ON COLUMN dcs.content_item.course_code IS 'Code of that course.';
-- item columns: comments
COMMENT ON COLUMN dcs.content_item.request_id IS 'Upstream''s id of the item in the current academic year; replaced every June.';
COMMENT ON COLUMN dcs.content_item.previous_year_id IS 'Upstream''s id of the item in the year before; null where it had none.';
COMMENT ON COLUMN dcs.content_item.content_guid IS 'Id inside the content link; stays the same over rollovers.';
COMMENT ON COLUMN dcs.content_item.content_url IS 'Link that students follow; null or empty until the item was first active.';
COMMENT ON COLUMN dcs.content_item.content_status IS 'New Request, Rejected, Pending, Active, Archived or Deleted; students can open Active items only.';
COMMENT ON COLUMN dcs.content_item.date_created IS 'When the item was created (upstream''s UK time).';
COMMENT ON COLUMN dcs.content_item.last_modified IS 'When the item was last changed upstream (upstream''s UK time).';
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
COMMENT ON COLUMN dcs.content_item.extra IS 'What upstream sent beyond these columns, or what could not be read into them, under upstream''s keys.';
-- end of item columns
COMMENT ON COLUMN dcs.content_item.first_seen_at IS 'When the mirror first saw the item.';
COMMENT ON COLUMN dcs.content_item.changed_at IS 'When the mirror last saw any other column change.';
COMMENT ON COLUMN dcs.content_item.removed_at IS 'When the item was first missing from a complete answer; null while upstream lists it.';

CREATE OR REPLACE VIEW dcs.request_id_history AS
    SELECT h.hei_id, h.old_request_id, h.item_key, i.request_id, h.academic_year, h.replaced_at, h.via
    FROM dcs_mirror.request_id_history AS h
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key;

COMMENT ON VIEW dcs.request_id_history IS 'Every request id that was replaced, and the item it stands for: kept for ever.';
COMMENT ON COLUMN dcs.request_id_history.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.request_id_history.old_request_id IS 'Request id of an earlier year.';
COMMENT ON COLUMN dcs.request_id_history.item_key IS 'Item that the id stands for.';
COMMENT ON COLUMN dcs.request_id_history.request_id IS 'The item''s current request id.';
COMMENT ON COLUMN dcs.request_id_history.academic_year IS 'Academic year whose id replaced it.';
COMMENT ON COLUMN dcs.request_id_history.replaced_at IS 'When the mirror saw the replacement.';
COMMENT ON COLUMN dcs.request_id_history.via IS 'How it was recognised: previous-year-id, content-guid or request-id-lookup.';

CREATE OR REPLACE VIEW dcs.recheck_flag AS
    SELECT f.flag_id, f.hei_id, f.item_key, i.request_id, i.course_code, i.title, f.licence_year, f.kind,
           f.previous_status, f.content_status, f.licence_before, f.licence, f.flagged_at,
           f.acknowledged_at, f.acknowledged_note, f.resolved_at, f.resolution
    FROM dcs_mirror.recheck_flag AS f
    JOIN dcs_mirror.content_item AS i ON i.item_key = f.item_key;

COMMENT ON VIEW dcs.recheck_flag IS 'Items that the August licence recheck took away or changed the licence of.';
COMMENT ON COLUMN dcs.recheck_flag.flag_id IS 'Id of the flag.';
COMMENT ON COLUMN dcs.recheck_flag.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.recheck_flag.item_key IS 'Item flagged.';
COMMENT ON COLUMN dcs.recheck_flag.request_id IS 'The item''s current request id.';
COMMENT ON COLUMN dcs.recheck_flag.course_code IS 'Code of the course that holds the item.';
COMMENT ON COLUMN dcs.recheck_flag.title IS 'Title of the book or journal.';
COMMENT ON COLUMN dcs.recheck_flag.licence_year IS 'Year in whose August the licence year begins.';
COMMENT ON COLUMN dcs.recheck_flag.kind IS 'pending: went from Active to Pending; licence: stayed Active under another licence.';
COMMENT ON COLUMN dcs.recheck_flag.previous_status IS 'Status before the recheck.';
COMMENT ON COLUMN dcs.recheck_flag.content_status IS 'Status that the recheck left.';
COMMENT ON COLUMN dcs.recheck_flag.licence_before IS 'Licence before the recheck.';
COMMENT ON COLUMN dcs.recheck_flag.licence IS 'Licence that the recheck left.';
COMMENT ON COLUMN dcs.recheck_flag.flagged_at IS 'When the flag was raised.';
COMMENT ON COLUMN dcs.recheck_flag.acknowledged_at IS 'When somebody acknowledged it; null until then.';
COMMENT ON COLUMN dcs.recheck_flag.acknowledged_note IS 'What they noted.';
COMMENT ON COLUMN dcs.recheck_flag.resolved_at IS 'When it was resolved; null while it is open.';
COMMENT ON COLUMN dcs.recheck_flag.resolution IS 'reinstated, archived, deleted, rejected or removed.';

CREATE OR REPLACE VIEW dcs.status_change AS
    SELECT s.status_change_id, s.hei_id, s.item_key, s.request_id, s.from_status, s.to_status,
           s.licence_before, s.licence, s.last_seen_at, s.observed_at
    FROM dcs_mirror.status_change AS s;

COMMENT ON VIEW dcs.status_change IS 'Every change of an item''s status or licence, with the interval in which it happened.';
COMMENT ON COLUMN dcs.status_change.status_change_id IS 'Id of the change.';
COMMENT ON COLUMN dcs.status_change.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.status_change.item_key IS 'Item that changed.';
COMMENT ON COLUMN dcs.status_change.request_id IS 'The item''s request id when the change was seen.';
COMMENT ON COLUMN dcs.status_change.from_status IS 'Status before; equal to to_status where only the licence changed.';
COMMENT ON COLUMN dcs.status_change.to_status IS 'Status after.';
COMMENT ON COLUMN dcs.status_change.licence_before IS 'Licence before.';
COMMENT ON COLUMN dcs.status_change.licence IS 'Licence after.';
COMMENT ON COLUMN dcs.status_change.last_seen_at IS 'When the old status was last seen: the change happened after it.';
COMMENT ON COLUMN dcs.status_change.observed_at IS 'When the new status was first seen: the change happened no later.';

-- An added row is not kept twice: it is the present row, with what was changed since set back.
CREATE OR REPLACE VIEW dcs.change AS
    SELECT c.change_id, c.run_id, c.hei_id, c.entity, c.key, c.kind,
           CASE WHEN c.kind = 'added' THEN added.details ELSE c.details END AS details,
           c.observed_at
    FROM dcs_mirror.change AS c
    LEFT JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(f.key, jsonb_build_array(NULL, f.value)), '{}') AS details
        FROM jsonb_each(
            CASE c.entity
                WHEN 'content_item' THEN (
                    SELECT to_jsonb(i) - '{item_key,first_seen_at,changed_at}'::text[]
                    FROM dcs.content_item AS i WHERE i.item_key = c.key)
                WHEN 'course' THEN (
                    SELECT to_jsonb(o) - '{course_key,first_seen_at,changed_at}'::text[]
                    FROM dcs.course AS o WHERE o.course_key = c.key)
                ELSE (
                    SELECT to_jsonb(h) - '{hei_id,first_seen_at,last_synced_at,last_sync_outcome}'::text[]
                    FROM dcs.institution AS h WHERE h.hei_id = c.key)
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
    ) AS added ON c.kind = 'added';

COMMENT ON VIEW dcs.change IS 'Change feed: everything that changed in the other views, in the order in which it became visible.';
COMMENT ON COLUMN dcs.change.change_id IS 'Grows in the order in which changes become visible: remember the highest one read, ask for more.';
COMMENT ON COLUMN dcs.change.run_id IS 'Run that saw the change.';
COMMENT ON COLUMN dcs.change.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.change.entity IS 'institution, course or content_item.';
COMMENT ON COLUMN dcs.change.key IS 'hei_id, course_key or item_key.';
COMMENT ON COLUMN dcs.change.kind IS 'added, changed, removed, restored or renumbered.';
COMMENT ON COLUMN dcs.change.details IS 'Column -> [before, after] of every column that changed; columns left out of an added row are null. first_seen_at, changed_at, last_synced_at and last_sync_outcome are not told.';
COMMENT ON COLUMN dcs.change.observed_at IS 'When the change was seen.';

CREATE OR REPLACE VIEW dcs.sync_run AS
    SELECT r.run_id, r.kind, r.started_at, r.finished_at, r.outcome, r.requests, r.error
    FROM dcs_mirror.sync_run AS r;

COMMENT ON VIEW dcs.sync_run IS 'Runs of sync, refresh, reconcile and purge.';
COMMENT ON COLUMN dcs.sync_run.run_id IS 'Id of the run.';
COMMENT ON COLUMN dcs.sync_run.kind IS 'sync, refresh, reconcile or purge.';
COMMENT ON COLUMN dcs.sync_run.started_at IS 'When it began.';
COMMENT ON COLUMN dcs.sync_run.finished_at IS 'When it ended; null while it is under way; of a killed run, when the next one found it.';
COMMENT ON COLUMN dcs.sync_run.outcome IS 'complete, partial, failed or interrupted; null while it is under way.';
COMMENT ON COLUMN dcs.sync_run.requests IS 'HTTP requests sent to the DCS.';
COMMENT ON COLUMN dcs.sync_run.error IS 'What ended the run early.';

CREATE OR REPLACE VIEW dcs.sync_outcome AS
    SELECT o.run_id, o.hei_id, o.outcome, o.courses, o.content_items, o.added, o.changed, o.removed,
           o.renumbered, o.flagged, o.error, o.quarantined
    FROM dcs_mirror.sync_outcome AS o;

COMMENT ON VIEW dcs.sync_outcome IS 'What each run did to each institution.';
COMMENT ON COLUMN dcs.sync_outcome.run_id IS 'Run.';
COMMENT ON COLUMN dcs.sync_outcome.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.sync_outcome.outcome IS 'complete, partial, held, failed or unsubscribed; purged where the institution was deleted.';
COMMENT ON COLUMN dcs.sync_outcome.courses IS 'Courses of the institution that upstream lists, after the run.';
COMMENT ON COLUMN dcs.sync_outcome.content_items IS 'Content items of the institution that upstream lists, after the run.';
COMMENT ON COLUMN dcs.sync_outcome.added IS 'Content items that the run added or found restored.';
COMMENT ON COLUMN dcs.sync_outcome.changed IS 'Content items of which the run changed a column other than the request id.';
COMMENT ON COLUMN dcs.sync_outcome.removed IS 'Content items that the run marked as removed.';
COMMENT ON COLUMN dcs.sync_outcome.renumbered IS 'Content items to which the run gave a new request id.';
COMMENT ON COLUMN dcs.sync_outcome.flagged IS 'Recheck flags that the run raised.';
COMMENT ON COLUMN dcs.sync_outcome.error IS 'What went wrong: first problems in words. Of a purge: the rows deleted, by table.';
COMMENT ON COLUMN dcs.sync_outcome.quarantined IS 'Entries without an identity that the run met and set aside.';

-- Without the text of the records: it is whatever upstream sent, and fit for no page. `dcs-mirror quarantine`
-- shows it to the operator.
CREATE OR REPLACE VIEW dcs.quarantine AS
    SELECT q.quarantine_id, nullif(q.hei_id, 0) AS hei_id,
           CASE WHEN q.hei_id = 0 THEN 'GetInstitutions'
                WHEN q.course_key IS NULL AND q.request_id IS NULL THEN 'GetCourses'
                ELSE 'GetCourseContent' END AS method,
           q.course_key, c.course_code, q.request_id, q.position, q.reason, q.first_seen_at, q.cleared_at
    FROM dcs_mirror.quarantine AS q
    LEFT JOIN dcs_mirror.course AS c ON c.course_key = q.course_key;

COMMENT ON VIEW dcs.quarantine IS 'Records of upstream''s without an id or a course code: set aside, and cleared once upstream mends them.';
COMMENT ON COLUMN dcs.quarantine.quarantine_id IS 'Id of the record in quarantine.';
COMMENT ON COLUMN dcs.quarantine.hei_id IS 'Institution; null where the record stood in the list of institutions.';
COMMENT ON COLUMN dcs.quarantine.method IS 'What was asked for: GetInstitutions, GetCourses or GetCourseContent.';
COMMENT ON COLUMN dcs.quarantine.course_key IS 'Course whose content held the record; null for other answers.';
COMMENT ON COLUMN dcs.quarantine.course_code IS 'Code of that course.';
COMMENT ON COLUMN dcs.quarantine.request_id IS 'Request id that was looked up; null for other answers.';
COMMENT ON COLUMN dcs.quarantine.position IS 'Where in the list the record stood when it was first seen, from 1.';
COMMENT ON COLUMN dcs.quarantine.reason IS 'Which key is missing or cannot be read.';
COMMENT ON COLUMN dcs.quarantine.first_seen_at IS 'When the mirror first saw it.';
COMMENT ON COLUMN dcs.quarantine.cleared_at IS 'When upstream had mended it; null while the latest answer holds it. Kept for a year.';

CREATE OR REPLACE VIEW dcs.rollover AS
    SELECT r.hei_id, r.academic_year, r.previous_year, r.renumbered, r.new, r.not_carried_over, r.looked_up,
           r.conflicts, r.observed_at
    FROM dcs_mirror.rollover AS r;

COMMENT ON VIEW dcs.rollover IS 'June rollovers: one row an institution and academic year, with what became of its request ids.';
COMMENT ON COLUMN dcs.rollover.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.rollover.academic_year IS 'Academic year that began.';
COMMENT ON COLUMN dcs.rollover.previous_year IS 'Academic year that the mirror held before; further back where it slept through years.';
COMMENT ON COLUMN dcs.rollover.renumbered IS 'Content items that got a new request id.';
COMMENT ON COLUMN dcs.rollover.new IS 'Content items that the mirror did not know.';
COMMENT ON COLUMN dcs.rollover.not_carried_over IS 'Content items that the new year does not have any more.';
COMMENT ON COLUMN dcs.rollover.looked_up IS 'Renumbered items that only a look-up by their old id found.';
COMMENT ON COLUMN dcs.rollover.conflicts IS 'Items that claimed the old id of another one, and count as new.';
COMMENT ON COLUMN dcs.rollover.observed_at IS 'When the mirror first saw the new year.';

-- For joins over many stored ids: a view is planned with the query around it, a function is not. No id is
-- in both halves: one that was replaced never becomes current again.
CREATE OR REPLACE VIEW dcs.request_id AS
    SELECT i.request_id, i.hei_id, i.request_id AS current_request_id, i.item_key
    FROM dcs_mirror.content_item AS i
    UNION ALL
    SELECT h.old_request_id, h.hei_id, i.request_id, h.item_key
    FROM dcs_mirror.request_id_history AS h
    JOIN dcs_mirror.content_item AS i ON i.item_key = h.item_key;

COMMENT ON VIEW dcs.request_id IS 'Every request id ever seen, of any academic year, and the current one: for joins over many stored ids.';
COMMENT ON COLUMN dcs.request_id.request_id IS 'Request id of any academic year.';
COMMENT ON COLUMN dcs.request_id.hei_id IS 'Institution.';
COMMENT ON COLUMN dcs.request_id.current_request_id IS 'The current request id of the same item.';
COMMENT ON COLUMN dcs.request_id.item_key IS 'Item that both stand for.';
