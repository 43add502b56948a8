-- Workers that said in the last ten seconds that they live.
-- reads: dcs_mirror.worker
SELECT count(*) FROM dcs_mirror.worker AS w WHERE w.seen_at > clock_timestamp() - interval '10 s'
