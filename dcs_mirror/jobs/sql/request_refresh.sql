-- takes: hei_id integer, course_code text, request_id bigint
SELECT dcs.request_refresh(:hei_id, :course_code, :request_id)
