-- What an account sees, and what it may do beyond reading.
-- takes: name text
-- reads: dcs_mirror.account
SELECT a.secret_digest, a.hei_ids, a.may
FROM dcs_mirror.account AS a
WHERE a.name = :name
