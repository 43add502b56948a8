-- The words with which the DCS refused the credentials since an instant; null if it did not.
-- takes: began_at timestamptz
-- reads: dcs_mirror.fleet
SELECT f.refusal FROM dcs_mirror.fleet AS f WHERE f.refused_at >= :began_at
