-- A7: requests that were submitted from here and given an id, which no answer of the DCS has shown since.
-- takes: hei_id integer
-- reads: dcs_mirror.call, dcs_mirror.content_item, dcs_mirror.request_id_history
SELECT c.call_id, c.hei_id, c.request_id, c.ended_at
FROM dcs_mirror.call AS c
WHERE c.request_id IS NOT NULL
  AND (:hei_id IS NULL OR c.hei_id = :hei_id)
  AND (c.state = 'answered' OR c.settlement = 'taken')
  AND NOT EXISTS (SELECT FROM dcs_mirror.content_item AS i
                  WHERE i.hei_id = c.hei_id AND i.request_id = c.request_id)
  AND NOT EXISTS (SELECT FROM dcs_mirror.request_id_history AS h
                  WHERE h.hei_id = c.hei_id AND h.old_request_id = c.request_id)
ORDER BY c.call_id
