-- This session settles a call from now on, if no other one sends or settles it.
-- takes: call_id bigint
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call AS c
SET held_by = dcs_mirror.hold()
WHERE c.call_id = :call_id AND NOT dcs_mirror.is_held(c.held_by)
RETURNING true
