-- Records which call replaced another.
-- takes: call_id bigint, instead_of bigint
-- writes: dcs_mirror.call
UPDATE dcs_mirror.call SET sent_again_as = :call_id WHERE call_id = :instead_of
