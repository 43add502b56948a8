-- S2, S3: flag every Active item that became Pending, or whose licence stopped covering it, in an interval
-- that touches the recheck window: from 1 August, UK civil time, for :recheck_days days. If the interval
-- touches several windows, the latest counts. A licence that is null, empty or blank covers nothing. S5: a flag
-- that was resolved before is opened again if this is the latest change of its item, which is still there. The
-- times of the two are not compared: one is that of the answer, the other that at which an answer was applied.
-- takes: recheck_days integer, hei_id integer, after_status_change bigint
-- reads: dcs_mirror.content_item, dcs_mirror.status_change
-- writes: dcs_mirror.recheck_flag
INSERT INTO dcs_mirror.recheck_flag AS f (
    hei_id, item_key, licence_year, kind, previous_status, content_status, licence_before, licence, flagged_at
)
SELECT DISTINCT ON (s.item_key, w.kind, w.licence_year)
       s.hei_id, s.item_key, w.licence_year, w.kind, s.from_status, s.to_status, s.licence_before, s.licence,
       s.observed_at
FROM dcs_mirror.status_change AS s
CROSS JOIN LATERAL (
    SELECT max(y.year) AS licence_year,
           CASE s.to_status WHEN 'Pending' THEN 'pending' ELSE 'licence' END AS kind
    FROM generate_series(
        extract(year FROM s.last_seen_at AT TIME ZONE 'Europe/London')::integer,
        extract(year FROM s.observed_at AT TIME ZONE 'Europe/London')::integer
    ) AS y (year)
    WHERE s.observed_at >= make_timestamptz(y.year, 8, 1, 0, 0, 0, 'Europe/London')
      AND s.last_seen_at < (make_date(y.year, 8, 1) + :recheck_days)::timestamp AT TIME ZONE 'Europe/London'
) AS w
WHERE s.hei_id = :hei_id
  AND s.status_change_id > :after_status_change
  AND s.from_status = 'Active'
  AND w.licence_year IS NOT NULL
  AND (s.to_status = 'Pending'
       OR s.to_status = 'Active' AND s.licence_before ILIKE 'covered%'
          AND coalesce(s.licence, '') NOT ILIKE 'covered%')
ORDER BY s.item_key, w.kind, w.licence_year, s.status_change_id DESC
ON CONFLICT (item_key, kind, licence_year) DO UPDATE
SET content_status = excluded.content_status, licence_before = excluded.licence_before, licence = excluded.licence,
    flagged_at = excluded.flagged_at, resolved_at = NULL, resolution = NULL
WHERE f.resolved_at IS NOT NULL
  AND EXISTS (SELECT FROM dcs_mirror.content_item AS i WHERE i.item_key = f.item_key AND i.removed_at IS NULL)
  AND (excluded.previous_status, excluded.content_status, excluded.licence_before, excluded.licence, excluded.flagged_at)
      IS NOT DISTINCT FROM (
          SELECT ROW(s.from_status, s.to_status, s.licence_before, s.licence, s.observed_at)
          FROM dcs_mirror.status_change AS s
          WHERE s.item_key = f.item_key
          ORDER BY s.status_change_id DESC
          LIMIT 1
      )
