-- R1: every other incoming item is new. If nothing was stored, place_items has assigned all keys already.
-- writes: item_match
UPDATE item_match
SET item_key = nextval((SELECT pg_get_serial_sequence('dcs_mirror.content_item', 'item_key')::regclass)), is_new = true
WHERE item_key IS NULL AND NOT is_dropped
