-- Which call took the place of another.
UPDATE dcs_mirror.call SET sent_again_as = :call_id WHERE call_id = :instead_of
