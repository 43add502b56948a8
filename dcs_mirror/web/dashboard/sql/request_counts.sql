-- How many of the submitted requests are in each state, and the calls that submitted them if words are looked for: their
-- list need not look for the words again. An item is looked up once, for all words that it has, and only if the title
-- lacks one; the course of a request that no course holds is the one that was submitted.
-- takes: hei_ids integer[], hei_id integer, patterns text[]
-- reads: dcs.submitted_request, dcs.content_item
SELECT count(*) FILTER (WHERE r.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE r.item_key IS NULL) AS unlisted,
       count(*) FILTER (WHERE r.state = 'rejected') AS rejected,
       count(*) FILTER (WHERE r.state = 'open') AS open, count(*) FILTER (WHERE r.state = 'closed') AS closed,
       CASE WHEN :patterns IS NOT NULL THEN coalesce(array_agg(r.call_id), '{}') END AS call_ids
FROM dcs.submitted_request AS r
WHERE (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR r.hei_id = :hei_id)
  AND (:patterns IS NULL OR r.title ILIKE ALL (:patterns) OR concat_ws(' ', r.title, coalesce(
      (SELECT concat_ws(' ', coalesce(i.course_code, r.course_code), i.extract_title, i.author)
       FROM dcs.content_item AS i
       WHERE i.item_key = r.item_key),
      r.course_code)) ILIKE ALL (:patterns))
