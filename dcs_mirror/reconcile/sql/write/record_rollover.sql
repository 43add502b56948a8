-- R10: the counts of the rollover. Courses that are read later add to them.
-- takes: hei_id integer, academic_year text, stored_year text, observed_at timestamptz, year_advanced boolean
-- reads: absent_item, dcs_mirror.rollover, item_match
-- writes: dcs_mirror.rollover
INSERT INTO dcs_mirror.rollover AS r (
    hei_id, academic_year, previous_year, renumbered, new, not_carried_over, looked_up, conflicts, observed_at
)
SELECT :hei_id, :academic_year, :stored_year,
       count(*) FILTER (WHERE m.stored_request_id <> m.request_id),
       count(*) FILTER (WHERE m.is_new),
       (SELECT count(*) FROM absent_item),
       count(*) FILTER (WHERE m.via = 'request-id-lookup' AND m.stored_request_id <> m.request_id),
       (SELECT count(*)
        FROM item_match AS n
        JOIN item_match AS t ON t.stored_request_id = n.previous_year_id
        WHERE n.is_new AND NOT t.is_new),
       :observed_at
FROM item_match AS m
WHERE NOT m.is_dropped
HAVING :year_advanced
    OR count(*) FILTER (WHERE m.stored_request_id <> m.request_id) > 0
       AND EXISTS (SELECT FROM dcs_mirror.rollover AS known
                   WHERE known.hei_id = :hei_id AND known.academic_year = :academic_year)
ON CONFLICT (hei_id, academic_year) DO UPDATE
SET renumbered = r.renumbered + excluded.renumbered, new = r.new + excluded.new,
    not_carried_over = r.not_carried_over + excluded.not_carried_over,
    looked_up = r.looked_up + excluded.looked_up, conflicts = r.conflicts + excluded.conflicts
