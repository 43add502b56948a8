-- What readers of 0.1.0 may rely on: every view with its columns by name, and the look-up of request ids. Columns
-- and their order are those of that release. Every statement orders its rows by all that makes them unique.

SELECT hei_id, name, subscribed, academic_year, first_seen_at, last_synced_at, last_sync_outcome
FROM dcs.institution ORDER BY hei_id;

SELECT course_key, hei_id, course_id, course_code, name, academic_year, status, duration, lecturer,
       first_seen_at, changed_at, removed_at
FROM dcs.course ORDER BY course_key;

SELECT item_key, hei_id, course_key, course_code, request_id, previous_year_id, content_guid, content_url,
       content_status, date_created, last_modified, rejection_message, notes, licence, source, type, identifier,
       doi, title, extract_title, publication_form, year, volume, issue, page_range, author, colour_scale,
       publisher, extract_author, chapter_number, edition, book_pages, publication_place, ocr, file_size,
       subtitle, extra, first_seen_at, changed_at, removed_at
FROM dcs.content_item ORDER BY item_key;

SELECT hei_id, old_request_id, item_key, request_id, academic_year, replaced_at, via
FROM dcs.request_id_history ORDER BY old_request_id, hei_id;

SELECT flag_id, hei_id, item_key, request_id, course_code, title, licence_year, kind, previous_status,
       content_status, licence_before, licence, flagged_at, acknowledged_at, acknowledged_note, resolved_at,
       resolution
FROM dcs.recheck_flag ORDER BY flag_id;

SELECT status_change_id, hei_id, item_key, request_id, from_status, to_status, licence_before, licence,
       last_seen_at, observed_at
FROM dcs.status_change ORDER BY status_change_id;

SELECT change_id, run_id, hei_id, entity, key, kind, details, observed_at
FROM dcs.change WHERE change_id > 0 ORDER BY change_id;

SELECT run_id, kind, started_at, finished_at, outcome, requests, error
FROM dcs.sync_run ORDER BY run_id;

SELECT run_id, hei_id, outcome, courses, content_items, added, changed, removed, renumbered, flagged, error,
       quarantined
FROM dcs.sync_outcome ORDER BY run_id, hei_id;

SELECT quarantine_id, hei_id, method, course_key, course_code, request_id, position, reason, first_seen_at,
       cleared_at
FROM dcs.quarantine ORDER BY quarantine_id;

SELECT hei_id, academic_year, previous_year, renumbered, new, not_carried_over, looked_up, conflicts, observed_at
FROM dcs.rollover ORDER BY hei_id, academic_year;

SELECT request_id, hei_id, current_request_id, item_key
FROM dcs.request_id ORDER BY request_id, hei_id;

SELECT h.old_request_id, dcs.current_request_id(h.old_request_id) AS any_institution,
       dcs.current_request_id(h.old_request_id, h.hei_id) AS its_own
FROM dcs.request_id_history AS h ORDER BY h.old_request_id, h.hei_id;
