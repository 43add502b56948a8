-- A mirror of {items} items in {institutions} institutions that lived through a June and an August. Each institution
-- has ten items in every {institutions} courses. What an item is follows from its place within its institution, and not
-- from its key alone: so each institution has some of everything, from the first course on.
INSERT INTO dcs_mirror.institution (hei_id, subscribed, first_seen_at, changed_at)
SELECT n, true, '2026-03-01', '2026-03-01' FROM generate_series(1, {institutions}) AS n;
INSERT INTO dcs_mirror.course (course_key, hei_id, course_id, course_code, name, status, first_seen_at, changed_at)
SELECT n, 1 + n % {institutions}, n, 'LAW' || 101 + n / {institutions}, 'Law', 'Active', '2026-03-01', '2026-03-01'
FROM generate_series(0, {items} / 10) AS n;
INSERT INTO dcs_mirror.content_item (
    item_key, hei_id, course_key, course_code, request_id, previous_year_id, content_guid, content_url,
    content_status, licence, type, identifier, title, extract_title, author, publisher, year, page_range,
    first_seen_at, seen_at, changed_at)
SELECT n, c.hei_id, c.course_key, c.course_code, {items} + n, n, g.guid, 'https://content.example/' || g.guid,
       CASE n % 10 WHEN 0 THEN 'Pending' ELSE 'Active' END, 'CLA', CASE n % 10 WHEN 1 THEN 'Journal' ELSE 'Book' END,
       CASE WHEN c.hei_id % 10 = 8 AND p.place = 1 THEN '0317-8471'
            WHEN c.hei_id % 10 = 8 AND p.place = 3 THEN '9780306406157'
            WHEN p.place % 100 = 2 THEN (ARRAY[NULL, 'Print copy'])[1 + p.place / 100 % 2]
            WHEN n % 10 = 1 THEN left(s.issn::text, 4) || '-' || right(s.issn::text, 3)
                || (ARRAY['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'X'])[1 + (11 - (
                    8 * (s.issn / 1000000 % 10) + 7 * (s.issn / 100000 % 10) + 6 * (s.issn / 10000 % 10)
                    + 5 * (s.issn / 1000 % 10) + 4 * (s.issn / 100 % 10) + 3 * (s.issn / 10 % 10) + 2 * (s.issn % 10)
                ) % 11) % 11]
            ELSE '978' || s.isbn || (10 - (
                38 + 3 * (s.isbn / 100000000 % 10 + s.isbn / 1000000 % 10 + s.isbn / 10000 % 10 + s.isbn / 100 % 10
                + s.isbn % 10) + s.isbn / 10000000 % 10 + s.isbn / 100000 % 10 + s.isbn / 1000 % 10 + s.isbn / 10 % 10
                ) % 10) % 10 END,
       (ARRAY['Principles of', 'An introduction to', 'Cases on', 'The law of', 'Readings in'])[1 + n % 5] || ' '
           || (ARRAY['contract', 'tort', 'equity', 'property', 'evidence'])[1 + n / 5 % 5] || ' and '
           || translate((n % 9973)::text, '0123456789', 'bcdfghjklm'),
       'Chapter ' || n % 30 || ' on ' || translate(left(md5(n::text), 5), '0123456789', 'ghijklmnop'), 'Author ' || n % 5000, 'Publisher ' || n % 300, (1950 + n % 70)::text,
       n % 300 || '-' || n % 300 + 20, '2026-03-01', '2026-06-10', '2026-06-10'
FROM generate_series(1, {items}) AS n
JOIN dcs_mirror.course AS c ON c.course_key = n / 10
CROSS JOIN LATERAL (SELECT '5b3c1d2e-0000-4000-8000-' || lpad(n::text, 12, '0') AS guid) AS g
CROSS JOIN LATERAL (SELECT 306400000 + n / 3 AS isbn, 1000000 + n / 1000 AS issn) AS s
CROSS JOIN LATERAL (SELECT n / (10 * {institutions}) * 10 + n % 10 AS place) AS p;
INSERT INTO dcs_mirror.request_id_history (old_request_id, hei_id, item_key, replaced_at, via)
SELECT i.item_key, i.hei_id, i.item_key, '2026-06-10', 'previous-year-id' FROM dcs_mirror.content_item AS i;
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT 1, i.hei_id, 'content_item', i.item_key, 'added', '{{}}', '2026-03-01'::timestamptz + i.hei_id * interval '1 s'
FROM dcs_mirror.content_item AS i ORDER BY i.hei_id, i.item_key;
SELECT setval(pg_get_serial_sequence('dcs_mirror.change', 'change_id'), greatest({items}, {cursor}));
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT 2, i.hei_id, 'content_item', i.item_key, 'renumbered',
       jsonb_build_object('request_id', jsonb_build_array(i.item_key, i.request_id)),
       '2026-06-10'::timestamptz + i.hei_id * interval '1 s'
FROM dcs_mirror.content_item AS i ORDER BY i.hei_id, i.item_key;
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT 3, i.hei_id, 'content_item', i.item_key, 'changed', '{{"content_status": ["Active", "Pending"]}}',
       '2026-08-04'::timestamptz + i.hei_id * interval '1 s'
FROM dcs_mirror.content_item AS i WHERE i.item_key / (10 * {institutions}) % 10 = 0 AND i.item_key % 10 = 0
ORDER BY i.hei_id, i.item_key;
