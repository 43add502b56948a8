-- How many of the submitted requests are in each state; narrowed as their list is, but by state.
-- takes: hei_ids integer[], hei_id integer, patterns text[]
-- reads: dcs.submitted_request, dcs.content_item
SELECT count(*) FILTER (WHERE r.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE r.item_key IS NULL) AS unlisted,
       count(*) FILTER (WHERE r.state = 'rejected') AS rejected,
       count(*) FILTER (WHERE r.state = 'open') AS open, count(*) FILTER (WHERE r.state = 'closed') AS closed
FROM (
\ir searched_requests.sql
) AS r
