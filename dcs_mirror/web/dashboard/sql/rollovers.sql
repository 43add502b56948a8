-- What each June came to at an institution.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.rollover
SELECT r.academic_year, r.previous_year, r.renumbered, r.new, r.not_carried_over, r.looked_up, r.conflicts,
       r.observed_at, count(*) OVER () AS total_rows
FROM dcs.rollover AS r
WHERE r.hei_id = :hei_id AND (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN :sort = 'academic_year' AND NOT :is_descending THEN r.academic_year END, r.academic_year DESC
LIMIT :most OFFSET :skip
