-- Records a call that is about to be sent, and that this session sends it.
-- takes: hei_id integer, method text, parameters jsonb, given text[], sent_at timestamptz, course_id bigint
-- reads: dcs_mirror.content_item, dcs_mirror.course
-- writes: dcs_mirror.call
INSERT INTO dcs_mirror.call (
    hei_id, method, parameters, given, state, sent_at, course_id, course_key, last_course_key, last_item_key,
    held_by
)
VALUES (:hei_id, :method, :parameters, :given, 'sent', :sent_at, :course_id,
        (SELECT k.course_key FROM dcs_mirror.course AS k WHERE k.hei_id = :hei_id AND k.course_id = :course_id),
        (SELECT coalesce(max(k.course_key), 0) FROM dcs_mirror.course AS k),
        (SELECT coalesce(max(i.item_key), 0) FROM dcs_mirror.content_item AS i),
        dcs_mirror.hold())
RETURNING call_id
