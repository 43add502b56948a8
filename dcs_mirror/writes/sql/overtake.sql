-- An answered amendment settles earlier ones of the same course without an answer that set nothing else: it
-- overwrote what they may have changed. One that renames the course or sets its status is left to the user.
-- takes: ended_at timestamptz, call_id bigint
-- reads: dcs_mirror.call
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call AS c
SET state = 'settled', settlement = 'overtaken', ended_at = :ended_at
FROM dcs_mirror.call AS l
WHERE l.call_id = :call_id
  AND c.call_id < l.call_id
  AND c.state IN ('sent', 'unknown')
  AND c.method = 'AmendCourse'
  AND c.hei_id = l.hei_id
  AND c.parameters ->> 'CourseCode' = l.parameters ->> 'CourseCode'
  AND ARRAY(SELECT jsonb_object_keys(c.parameters)) <@ ARRAY(SELECT jsonb_object_keys(l.parameters))
  AND NOT c.parameters ?| ARRAY['NewCourseCode', 'Status']
  -- The session that sends a call holds it; a call that nobody holds was left by a killed process.
  AND (c.state = 'unknown' OR NOT dcs_mirror.is_held(c.held_by))
