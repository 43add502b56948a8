-- An amendment that was answered decides what earlier ones of the course without an answer left open: all of
-- them brought the numbers. One that renames or has a status is for a person to look at.
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
  -- One that is under way is held by the session that sends it; one that nobody holds was left by a kill.
  AND (c.state = 'unknown' OR pg_try_advisory_xact_lock(hashtext('dcs_mirror.call'), hashint8(c.call_id)))
