-- takes: now timestamptz, account text, action text, hei_id integer, details jsonb
-- writes: dcs_mirror.account_action
INSERT INTO dcs_mirror.account_action (acted_at, account, action, hei_id, details)
VALUES (:now, :account, :action, :hei_id, :details)
