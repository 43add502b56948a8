-- R7: if an operator accepted an earlier academic year, the rollovers to later years did not happen.
-- takes: hei_id integer, academic_year text
-- writes: dcs_mirror.rollover
DELETE FROM dcs_mirror.rollover WHERE hei_id = :hei_id AND academic_year > :academic_year
