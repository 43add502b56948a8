-- What pages show beside items, as of a country in August: runs with their outcomes, flags of the recheck, and
-- requests that were submitted through the mirror. {hei} is the institution whose pages are measured.
INSERT INTO dcs_mirror.sync_run (run_id, kind, started_at, finished_at, outcome, requests)
OVERRIDING SYSTEM VALUE
SELECT n, 'sync', v.at, v.at, 'complete', 250000
FROM (VALUES (1, '2026-03-01'::timestamptz), (2, '2026-06-10'), (3, '2026-08-04')) AS v (n, at);
INSERT INTO dcs_mirror.sync_run (run_id, kind, started_at, finished_at, outcome, requests)
OVERRIDING SYSTEM VALUE
SELECT 3 + n, 'sync', '2026-08-04'::timestamptz + n * interval '1 day', '2026-08-04'::timestamptz + n * interval '1 day',
       'complete', 250000
FROM generate_series(1, 100) AS n;
INSERT INTO dcs_mirror.sync_outcome (run_id, hei_id, outcome, courses, content_items, changed, recorded_at, is_full)
SELECT r.run_id, i.hei_id, 'complete', 1000, 10000, 10, r.started_at + i.hei_id * interval '1 s', true
FROM dcs_mirror.sync_run AS r, dcs_mirror.institution AS i;
-- One item in a hundred, and one in ten of the institution.
INSERT INTO dcs_mirror.recheck_flag (
    hei_id, item_key, licence_year, kind, previous_status, content_status, flagged_at, acknowledged_at, acknowledged_note
)
SELECT i.hei_id, i.item_key, 2026, 'pending', 'Active', 'Pending', '2026-08-04',
       CASE WHEN i.hei_id % 20 = 1 THEN '2026-08-05'::timestamptz END, CASE WHEN i.hei_id % 20 = 1 THEN 'asked' END
FROM dcs_mirror.content_item AS i WHERE i.item_key % 100 = 0 OR i.hei_id = {hei} AND i.item_key % 10 = 0;
-- As many were requested in the DCS itself, and as many rejected there.
UPDATE dcs_mirror.content_item
SET content_status = CASE item_key % 100 WHEN 33 THEN 'New Request' ELSE 'Rejected' END, content_url = NULL,
    date_created = '2026-05-01'::timestamptz + item_key % 90 * interval '1 day'
WHERE item_key % 100 IN (33, 53);
-- As many others were requested through the mirror, which follows them.
INSERT INTO dcs_mirror.call (
    hei_id, method, parameters, state, sent_at, ended_at, request_id, last_course_key, last_item_key, item_key,
    request_state, request_ended_at
)
SELECT i.hei_id, 'SubmitRequest', '{{"Title": "Contract"}}', 'answered', '2026-07-01', '2026-07-01', i.request_id, 0, 0,
       i.item_key, 'open', i.first_seen_at
FROM dcs_mirror.content_item AS i WHERE i.item_key % 100 = 7 OR i.hei_id = {hei} AND i.item_key % 10 = 7;
