-- How many items this reading left to the next one.
-- reads: item_match
SELECT count(*) AS items FROM item_match WHERE is_undecided
