-- The items of a search as a list; those that a number identifies come first.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], found_keys bigint[], words text, patterns text[],
--   course_key bigint, status text, licence text, source text, year text, flag text, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.content_item, dcs_mirror.institution, dcs.course, dcs_mirror.recheck_flag
-- Only the rows of the page need the name of the institution, unless they are sorted by it.
SELECT p.*, h.name AS institution
FROM (
SELECT i.item_key, i.hei_id, i.request_id, i.course_code, i.title, i.extract_title, i.author, i.year, i.source,
       i.identifier, i.content_status, i.licence, i.is_openable, i.why_not, i.content_url, i.changed_at,
       i.item_key = ANY (:found_keys) AS is_identified, s.key, count(*) OVER () AS total_rows
FROM (
\ir searched_items.sql
) AS i
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
               WHEN 'author' THEN lower(coalesce(i.author, ''))
               WHEN 'institution' THEN coalesce(
                   (SELECT '1' || lower(nullif(n.name, '')) FROM dcs_mirror.institution AS n WHERE n.hei_id = i.hei_id),
                   '2' || lpad(i.hei_id::text, 12, '0'))
               WHEN 'content_status' THEN coalesce(i.content_status, '')
               WHEN 'licence' THEN coalesce(i.licence, '')
               WHEN 'changed_at' THEN to_char(i.changed_at, 'YYYYMMDDHH24MISSUS')
               WHEN 'request_id' THEN lpad(i.request_id::text, 20, '0')
               ELSE coalesce(i.course_code, '')
           END AS key
) AS s
ORDER BY i.item_key = ANY (:found_keys) DESC,
         CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, i.item_key
LIMIT :most OFFSET :skip
) AS p
JOIN dcs_mirror.institution AS h ON h.hei_id = p.hei_id
ORDER BY p.is_identified DESC,
         CASE WHEN NOT :is_descending THEN p.key END, CASE WHEN :is_descending THEN p.key END DESC, p.item_key
