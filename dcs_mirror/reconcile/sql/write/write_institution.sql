-- The institution itself. A name that was not read stays. C5: an institution that a fresher list of institutions
-- lacks stays unsubscribed.
-- takes: hei_id integer, name text, academic_year text, observed_at timestamptz, keep_subscription boolean
-- reads: dcs_mirror.institution
-- writes: dcs_mirror.institution, pending_change
WITH before AS (
    SELECT i.name, i.subscribed, i.academic_year FROM dcs_mirror.institution AS i WHERE i.hei_id = :hei_id
),
after AS (
    INSERT INTO dcs_mirror.institution AS i (hei_id, name, subscribed, academic_year, first_seen_at, changed_at)
    VALUES (:hei_id, :name, true, :academic_year, :observed_at, :observed_at)
    ON CONFLICT (hei_id) DO UPDATE
    SET name = coalesce(excluded.name, i.name), subscribed = i.subscribed OR NOT :keep_subscription,
        academic_year = coalesce(excluded.academic_year, i.academic_year), changed_at = excluded.changed_at
    WHERE (i.name, i.subscribed, i.academic_year)
          IS DISTINCT FROM (coalesce(excluded.name, i.name), i.subscribed OR NOT :keep_subscription,
                            coalesce(excluded.academic_year, i.academic_year))
    RETURNING i.name, i.subscribed, i.academic_year
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'institution', :hei_id,
       CASE WHEN before IS NULL THEN 'added' ELSE 'changed' END,
       CASE WHEN before IS NULL THEN '{}'
            ELSE dcs_mirror.differences(to_jsonb(before), to_jsonb(after)) END
FROM after
LEFT JOIN before ON true
