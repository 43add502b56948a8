-- reads: dcs_mirror.account
SELECT a.name, a.hei_ids, a.may, a.created_at, a.rotated_at, a.secret_digest
FROM dcs_mirror.account AS a
ORDER BY a.name
