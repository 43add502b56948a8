-- Every other incoming item is new. Where nothing was stored, all of them have their keys since 210.
UPDATE item_match
SET item_key = nextval((SELECT pg_get_serial_sequence('dcs_mirror.content_item', 'item_key')::regclass)), is_new = true
WHERE item_key IS NULL AND NOT is_dropped
