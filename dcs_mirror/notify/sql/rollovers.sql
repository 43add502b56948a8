-- Academic years that began since.
-- takes: hei_id integer, after bigint, since timestamptz
-- reads: dcs.rollover
SELECT r.academic_year, r.previous_year, r.renumbered, r.new, r.not_carried_over, r.looked_up, r.conflicts,
       r.observed_at AS occurred_at
FROM dcs.rollover AS r
WHERE r.hei_id = :hei_id AND r.academic_year ~ '^[0-9]{4}' AND left(r.academic_year, 4)::bigint > :after
  AND (:since IS NULL OR r.observed_at >= :since)
ORDER BY r.academic_year
