-- When the institution's latest change of any kind was seen. What is gone from a list leaves no row in it, so a change
-- elsewhere counts, too. Without a row if no change is kept any more.
-- takes: hei_id integer
-- reads: dcs_mirror.change
SELECT h.observed_at
FROM dcs_mirror.change AS h
WHERE h.hei_id = :hei_id
ORDER BY h.change_id DESC
LIMIT 1
