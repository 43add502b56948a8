-- R1, R3: an item that may be a stored one whose look-up got no answer is left to the next reading. Whatever it is
-- taken for now would stand for ever.
-- reads: undecided_item
-- writes: item_match
UPDATE item_match AS m
SET is_dropped = true
FROM undecided_item AS u
WHERE u.position = m.position AND m.item_key IS NULL
