-- R2: the id that a matched item had until now goes to the history, which always points at the item.
-- takes: hei_id integer, academic_year text, observed_at timestamptz
-- reads: item_match
-- writes: dcs_mirror.request_id_history
INSERT INTO dcs_mirror.request_id_history AS h
    (old_request_id, hei_id, item_key, academic_year, replaced_at, via)
SELECT s.stored_request_id, :hei_id, s.item_key, :academic_year, :observed_at, s.via
FROM item_match AS s
WHERE s.stored_request_id <> s.request_id AND NOT s.is_dropped
ON CONFLICT (old_request_id, hei_id) DO UPDATE
SET item_key = excluded.item_key, academic_year = excluded.academic_year,
    replaced_at = excluded.replaced_at, via = excluded.via
