-- R4: the ids whose look-up was answered, with an item or with "unknown".
-- reads: staged_item, staged_miss
-- writes: answered_look_up
INSERT INTO answered_look_up (request_id)
SELECT asked_id FROM staged_item WHERE asked_id IS NOT NULL
UNION
SELECT request_id FROM staged_miss WHERE is_answered
