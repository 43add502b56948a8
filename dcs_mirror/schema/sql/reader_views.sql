-- The statements that make the views of a restricted reader, in their order: every view of the schema dcs that
-- names institutions, with the rows of the reader's own. A barrier keeps what a reader writes into a condition
-- away from the rows of others. Of runs, only those that did something to the reader's institutions are shown,
-- without what concerns all of them. A further view that names no institution is left out. The barrier of the change
-- feed is a view below it: behind a barrier, the details of all rows would be worked out before a LIMIT. That a backend has
-- a number is always true, and keeps PostgreSQL from starting parallel workers, which takes longer than to read a page.
-- takes: role text, schema_name text
WITH shown AS (
    SELECT c.oid, c.relname, bool_or(a.attname = 'hei_id') AS has_institution,
           string_agg(
               CASE WHEN c.relname = 'sync_run' AND a.attname IN ('outcome', 'requests', 'error')
                    THEN format('NULL::%s AS %I', format_type(a.atttypid, a.atttypmod), a.attname)
                    WHEN c.relname = 'change' AND a.attname = 'details'
                    THEN 'CASE WHEN v.kind <> ''added'' THEN v.details ELSE '
                        '(SELECT c.details FROM dcs.change AS c WHERE c.change_id = v.change_id) END AS details'
                    ELSE format('v.%I', a.attname) END,
               ', ' ORDER BY a.attnum) AS columns
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'dcs'::regnamespace AND c.relkind = 'v'
    GROUP BY c.oid, c.relname
    HAVING bool_or(a.attname = 'hei_id') OR c.relname IN ('sync_run', 'feed_state')
),
own AS (
    SELECT format('ANY ((SELECT r.hei_ids FROM dcs_mirror.reader AS r WHERE r.role = %L)::integer[])', :role) AS ids
),
made (place, oid, statement) AS (
    SELECT 0, 0::oid, format(
               'CREATE OR REPLACE VIEW %I.own_change WITH (security_barrier = true) AS '
               'SELECT v.* FROM dcs_mirror.change AS v WHERE v.hei_id = %s AND pg_backend_pid() > 0',
               :schema_name, o.ids)
    FROM own AS o
    UNION ALL
    SELECT 1, 0, format('COMMENT ON VIEW %I.own_change IS %L', :schema_name, 'What the view change is made from.')
    UNION ALL
    SELECT 1, s.oid, format(
               'CREATE OR REPLACE VIEW %I.change AS SELECT %s FROM %I.own_change AS v',
               :schema_name, s.columns, :schema_name)
    FROM shown AS s
    WHERE s.relname = 'change'
    UNION ALL
    SELECT 1, s.oid, format(
               'CREATE OR REPLACE VIEW %I.%I WITH (security_barrier = true) AS SELECT %s FROM dcs.%I AS v %s',
               :schema_name, s.relname, s.columns, s.relname,
               CASE WHEN s.has_institution THEN 'WHERE v.hei_id = ' || o.ids
                    WHEN s.relname = 'sync_run' THEN
                        'WHERE EXISTS (SELECT FROM dcs.sync_outcome AS o WHERE o.run_id = v.run_id AND o.hei_id = '
                        || o.ids || ')'
                    ELSE '' END)
    FROM shown AS s CROSS JOIN own AS o
    WHERE s.relname <> 'change'
    UNION ALL
    SELECT 2, s.oid, format('COMMENT ON VIEW %I.%I IS %L', :schema_name, s.relname, obj_description(s.oid, 'pg_class'))
    FROM shown AS s
    UNION ALL
    SELECT 2, s.oid, format('COMMENT ON COLUMN %I.%I.%I IS %L', :schema_name, s.relname, a.attname,
                            col_description(s.oid, a.attnum))
    FROM shown AS s
    JOIN pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT m.statement FROM made AS m ORDER BY m.place, m.oid
