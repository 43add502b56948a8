-- An institution that a list of institutions has: its name, and that it is subscribed. C5: the name stays if it was read
-- since. One that a fresher list lacks, or whose own answer said that it withdrew, stays withdrawn until it is read.
-- takes: hei_id integer, name text, list_order bigint, run_id bigint, observed_at timestamptz
-- reads: dcs_mirror.institution, dcs_mirror.sync_outcome
-- writes: dcs_mirror.change, dcs_mirror.institution
WITH before AS (
    SELECT i.name, i.subscribed, i.academic_year FROM dcs_mirror.institution AS i WHERE i.hei_id = :hei_id
),
withdrawn AS (
    SELECT coalesce((
        SELECT o.error IS NOT NULL OR o.last_order > :list_order
        FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = :hei_id AND o.outcome = 'unsubscribed'
        ORDER BY o.run_id DESC
        LIMIT 1
    ), false) AS is_so
),
read_since AS (
    SELECT EXISTS (
        SELECT FROM dcs_mirror.sync_outcome AS o
        WHERE o.hei_id = :hei_id AND o.reading_order IS NOT NULL
          AND coalesce(o.last_order, o.reading_order) > :list_order
          AND coalesce(o.last_order, o.reading_order)
              <= (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint + 1000000000
    ) AS is_so
),
after AS (
    INSERT INTO dcs_mirror.institution AS i (hei_id, name, subscribed, first_seen_at, changed_at)
    SELECT :hei_id, CASE WHEN r.is_so THEN b.name ELSE coalesce(:name, b.name) END,
           coalesce(b.subscribed, false) OR NOT w.is_so, :observed_at, :observed_at
    FROM withdrawn AS w
    CROSS JOIN read_since AS r
    LEFT JOIN before AS b ON true
    WHERE b.subscribed IS NOT NULL OR NOT w.is_so
    ON CONFLICT (hei_id) DO UPDATE
    SET name = excluded.name, subscribed = excluded.subscribed, changed_at = excluded.changed_at
    WHERE (i.name, i.subscribed) IS DISTINCT FROM (excluded.name, excluded.subscribed)
    RETURNING i.name, i.subscribed, i.academic_year
)
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT :run_id, :hei_id, 'institution', :hei_id,
       CASE WHEN before IS NULL THEN 'added' ELSE 'changed' END,
       CASE WHEN before IS NULL THEN '{}'
            ELSE dcs_mirror.differences(to_jsonb(before), to_jsonb(after)) END,
       :observed_at
FROM after
LEFT JOIN before ON true
