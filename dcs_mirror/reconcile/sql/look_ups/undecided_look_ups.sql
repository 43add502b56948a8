-- R1, R3: the ids whose look-ups tell whether incoming items are stored ones.
-- reads: undecided_item
SELECT DISTINCT request_id FROM undecided_item ORDER BY request_id
