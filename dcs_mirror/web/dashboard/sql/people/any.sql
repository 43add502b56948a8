-- Whether there is any account.
-- reads: dcs_mirror.account
SELECT EXISTS (SELECT FROM dcs_mirror.account)
