-- The low-water mark, and the institutions that have calls without an answer: of them no call is forgotten.
-- reads: dcs_mirror.call, dcs_mirror.feed_state
SELECT s.low_water,
       ARRAY(SELECT DISTINCT c.hei_id FROM dcs_mirror.call AS c
             WHERE c.state IN ('sent', 'unknown') ORDER BY c.hei_id) AS hei_ids
FROM dcs_mirror.feed_state AS s
