-- C4: an institution that withdrew keeps its rows.
-- takes: observed_at timestamptz, hei_id integer, run_id bigint
-- writes: dcs_mirror.change, dcs_mirror.institution
WITH marked AS (
    UPDATE dcs_mirror.institution
    SET subscribed = false, changed_at = :observed_at
    WHERE hei_id = :hei_id AND subscribed
    RETURNING hei_id
)
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT :run_id, hei_id, 'institution', hei_id, 'changed', '{"subscribed": [true, false]}', :observed_at
FROM marked
