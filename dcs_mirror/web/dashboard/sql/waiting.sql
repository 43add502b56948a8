-- Institutions of which requests wait for the DCS: how many, how many of them it has not listed yet, and the oldest.
-- takes: hei_ids integer[], sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.submitted_request, dcs_mirror.institution
SELECT w.hei_id, h.name AS institution, w.waiting, w.unlisted, w.oldest_at, count(*) OVER () AS total_rows
FROM (
    SELECT r.hei_id, count(*) AS waiting, count(*) FILTER (WHERE r.item_key IS NULL) AS unlisted,
           min(r.submitted_at) AS oldest_at
    FROM dcs.submitted_request AS r
    WHERE r.state = 'waiting' AND (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
    GROUP BY r.hei_id
) AS w
LEFT JOIN dcs_mirror.institution AS h ON h.hei_id = w.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'institution' THEN coalesce('1' || lower(nullif(h.name, '')), '2' || lpad(w.hei_id::text, 12, '0'))
               WHEN 'hei_id' THEN lpad(w.hei_id::text, 12, '0')
               WHEN 'waiting' THEN lpad(w.waiting::text, 12, '0')
               WHEN 'unlisted' THEN lpad(w.unlisted::text, 12, '0')
               ELSE to_char(w.oldest_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, w.hei_id
LIMIT :most OFFSET :skip
