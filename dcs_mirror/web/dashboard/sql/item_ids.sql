-- Every request id that an item had before the one that it has.
-- takes: hei_ids integer[], item_key bigint, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.request_id_history
SELECT h.old_request_id, h.academic_year, h.replaced_at, h.via, count(*) OVER () AS total_rows
FROM dcs.request_id_history AS h
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'old_request_id' THEN lpad(h.old_request_id::text, 20, '0')
               WHEN 'academic_year' THEN coalesce(h.academic_year, '')
               WHEN 'via' THEN h.via
               ELSE to_char(h.replaced_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
WHERE h.item_key = :item_key AND (:hei_ids IS NULL OR h.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, h.old_request_id
LIMIT :most OFFSET :skip
