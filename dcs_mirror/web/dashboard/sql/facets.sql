-- How many of the items of a search are in each state, under each licence, from each source and of each year.
-- takes: hei_ids integer[], hei_id integer, item_keys bigint[], found_keys bigint[], words text, patterns text[],
--   course_key bigint, status text, licence text, source text, year text, flag text
-- reads: dcs.content_item, dcs.course, dcs_mirror.recheck_flag
SELECT CASE WHEN grouping(i.state) = 0 THEN 'status' WHEN grouping(i.licence) = 0 THEN 'licence'
            WHEN grouping(i.source) = 0 THEN 'source' ELSE 'year' END AS facet,
       coalesce(i.state, i.licence, i.source, i.year) AS name, count(*) AS items
FROM (
    SELECT CASE WHEN f.removed_at IS NULL THEN f.content_status ELSE 'No longer listed' END AS state, f.licence,
           f.source, f.year
    FROM (
\ir searched_items.sql
    ) AS f
) AS i
GROUP BY GROUPING SETS ((i.state), (i.licence), (i.source), (i.year))
ORDER BY facet, items DESC, name
