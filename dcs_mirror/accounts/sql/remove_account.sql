-- takes: name text
-- writes: dcs_mirror.account
DELETE FROM dcs_mirror.account AS a
WHERE a.name = :name
RETURNING true
