-- What a run did for each institution, or for those that it did not apply whole.
-- takes: hei_ids integer[], run_id bigint, is_wrong boolean, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.sync_outcome, dcs_mirror.institution
SELECT o.hei_id, i.name AS institution, o.outcome, o.added, o.changed, o.removed, o.renumbered, o.flagged, o.error,
       count(*) OVER () AS total_rows
FROM (
\ir outcomes.sql
) AS o
LEFT JOIN dcs_mirror.institution AS i ON i.hei_id = o.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'outcome' THEN o.outcome
               WHEN 'added' THEN lpad(o.added::text, 12, '0')
               WHEN 'changed' THEN lpad(o.changed::text, 12, '0')
               WHEN 'removed' THEN lpad(o.removed::text, 12, '0')
               WHEN 'renumbered' THEN lpad(o.renumbered::text, 12, '0')
               WHEN 'flagged' THEN lpad(o.flagged::text, 12, '0')
               ELSE coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(o.hei_id::text, 12, '0'))
           END AS key
) AS s
WHERE o.run_id = :run_id AND (NOT :is_wrong OR o.is_wrong)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, o.hei_id
LIMIT :most OFFSET :skip
