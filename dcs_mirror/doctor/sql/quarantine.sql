-- Records in quarantine that upstream has not corrected yet.
-- reads: dcs_mirror.quarantine
SELECT count(*) AS records, min(q.first_seen_at) AS first_seen_at
FROM dcs_mirror.quarantine AS q
WHERE q.cleared_at IS NULL
