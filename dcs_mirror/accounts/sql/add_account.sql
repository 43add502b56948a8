-- takes: name text, secret_digest bytea, hei_ids integer[], may text[], now timestamptz
-- writes: dcs_mirror.account
INSERT INTO dcs_mirror.account (name, secret_digest, hei_ids, may, created_at)
VALUES (:name, :secret_digest, :hei_ids, :may, :now)
