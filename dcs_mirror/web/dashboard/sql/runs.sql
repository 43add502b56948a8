-- What each run did for an institution.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.sync_outcome, dcs.sync_run
SELECT o.run_id, r.kind, r.started_at, o.outcome, o.added, o.changed, o.removed, o.renumbered, o.flagged, o.error,
       count(*) OVER () AS total_rows
FROM dcs.sync_outcome AS o
JOIN dcs.sync_run AS r ON r.run_id = o.run_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'kind' THEN r.kind
               WHEN 'outcome' THEN o.outcome
               WHEN 'added' THEN lpad(o.added::text, 12, '0')
               WHEN 'changed' THEN lpad(o.changed::text, 12, '0')
               WHEN 'removed' THEN lpad(o.removed::text, 12, '0')
               WHEN 'renumbered' THEN lpad(o.renumbered::text, 12, '0')
               WHEN 'flagged' THEN lpad(o.flagged::text, 12, '0')
               ELSE lpad(o.run_id::text, 20, '0')
           END AS key
) AS s
WHERE o.hei_id = :hei_id AND (:hei_ids IS NULL OR o.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, o.run_id DESC
LIMIT :most OFFSET :skip
