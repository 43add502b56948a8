-- R7: where an operator accepted an earlier academic year, the later ones never were.
DELETE FROM dcs_mirror.rollover WHERE hei_id = :hei_id AND academic_year > :academic_year
