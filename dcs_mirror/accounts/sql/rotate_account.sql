-- takes: name text, secret_digest bytea, now timestamptz
-- writes: dcs_mirror.account
UPDATE dcs_mirror.account AS a
SET secret_digest = :secret_digest, rotated_at = :now
WHERE a.name = :name AND a.secret_digest IS NOT NULL
RETURNING a.hei_ids, a.may
