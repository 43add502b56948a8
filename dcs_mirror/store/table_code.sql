-- R9: what a registered table is, and what the server would run of it with the rights of this session if its rows
-- were read or changed: a line for each trigger, rule and policy, for each expression that calls functions, and
-- for each owner. So it is with tables whose rows change with its rows, by a foreign key. A line ends with a digest
-- of the definition, so that another definition is another line.
-- An expression of immutable built-in functions runs nothing else, and is left out; so is what a partition has
-- from its parent. An owner that may become the role of this session is no stranger.
-- takes: table_schema text, table_name text, column_name text, hei_column text
WITH RECURSIVE tree AS (
    SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, true AS is_root, true AS is_part, false AS rows_move,
           format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = :table_schema AND c.relname = :table_name
    UNION
    SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, false, t.is_part AND r.is_part,
           c.relispartition OR c.relkind = 'p', format('%I.%I', n.nspname, c.relname)
    FROM tree AS t
    CROSS JOIN LATERAL (
        SELECT i.inhrelid AS oid, true AS is_part FROM pg_inherits AS i WHERE i.inhparent = t.oid
        UNION ALL
        -- The other table's rows change, too, and what runs after that runs with the rights of this session.
        SELECT k.conrelid, false FROM pg_constraint AS k
        WHERE k.confrelid = t.oid AND k.contype = 'f' AND k.confupdtype NOT IN ('a', 'r')
    ) AS r
    JOIN pg_class AS c ON c.oid = r.oid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
),
-- The types of columns, of what is indexed, and of what expressions name; and the types in them, of which the
-- server notes no dependency: those of arrays, rows, ranges and domains, and of a domain's constraints.
used AS (
    SELECT a.atttypid AS oid
    FROM pg_attribute AS a
    WHERE NOT a.attisdropped AND a.attnum > 0
      AND (a.attrelid IN (SELECT t.oid FROM tree AS t)
           OR a.attrelid IN (SELECT x.indexrelid FROM tree AS t JOIN pg_index AS x ON x.indrelid = t.oid))
    UNION
    SELECT d.refobjid
    FROM tree AS t
    CROSS JOIN LATERAL (
        SELECT 'pg_constraint'::regclass AS class, k.oid FROM pg_constraint AS k WHERE k.conrelid = t.oid
        UNION ALL
        SELECT 'pg_attrdef'::regclass, e.oid FROM pg_attrdef AS e WHERE e.adrelid = t.oid
        UNION ALL
        SELECT 'pg_trigger'::regclass, g.oid FROM pg_trigger AS g WHERE g.tgrelid = t.oid
        UNION ALL
        SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite AS r WHERE r.ev_class = t.oid
        UNION ALL
        SELECT 'pg_class'::regclass, unnest(x.indexrelid || t.oid)
        FROM (SELECT array_agg(x.indexrelid) AS indexrelid FROM pg_index AS x WHERE x.indrelid = t.oid) AS x
    ) AS o
    JOIN pg_depend AS d ON d.classid = o.class AND d.objid = o.oid AND d.refclassid = 'pg_type'::regclass
    UNION
    SELECT i.oid
    FROM used AS u
    JOIN pg_type AS y ON y.oid = u.oid
    CROSS JOIN LATERAL (
        SELECT y.typbasetype AS oid
        UNION ALL
        SELECT y.typelem
        UNION ALL
        SELECT a.atttypid FROM pg_attribute AS a
        WHERE a.attrelid = y.typrelid AND y.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT unnest(ARRAY[r.rngtypid, r.rngsubtype]) FROM pg_range AS r WHERE y.oid IN (r.rngtypid, r.rngmultitypid)
        UNION ALL
        SELECT d.refobjid
        FROM pg_constraint AS k
        JOIN pg_depend AS d
          ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_type'::regclass
        WHERE k.contypid = y.oid
    ) AS i
    WHERE i.oid <> 0
),
-- The types of the columns of each foreign key from and to these tables, and those that their domains are of.
key_type AS (
    SELECT k.oid AS key, a.atttypid AS oid
    FROM tree AS t
    JOIN pg_constraint AS k ON k.contype = 'f' AND t.oid IN (k.conrelid, k.confrelid)
    JOIN pg_attribute AS a
      ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) OR a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
    UNION
    SELECT q.key, y.typbasetype FROM key_type AS q JOIN pg_type AS y ON y.oid = q.oid AND y.typbasetype <> 0
),
domain AS (
    SELECT y.oid, format('%I.%I', n.nspname, y.typname) AS name
    FROM used AS u
    JOIN pg_type AS y ON y.oid = u.oid AND y.typtype = 'd'
    JOIN pg_namespace AS n ON n.oid = y.typnamespace
),
-- All that may hold code. An expression is given as it is stored, null where it counts as code in any case.
stored AS (
    SELECT 'pg_trigger'::regclass AS class, g.oid, t.name AS place, format('trigger %I', g.tgname) AS what,
           concat_ws(' ', g.tgenabled, pg_get_triggerdef(g.oid)) AS definition, NULL::text AS expression,
           g.tgfoid AS calls
    FROM tree AS t
    JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgparentid = 0
    -- A row that moves to another partition is deleted there and inserted here.
    WHERE g.tgtype & 16 <> 0 OR t.rows_move OR t.is_part AND (SELECT count(*) > 1 FROM tree AS s WHERE s.is_part)
    UNION ALL
    SELECT 'pg_rewrite'::regclass, r.oid, t.name, format('rule %I', r.rulename),
           concat_ws(' ', r.ev_enabled, pg_get_ruledef(r.oid)), NULL, NULL
    FROM tree AS t
    JOIN pg_rewrite AS r ON r.ev_class = t.oid AND r.ev_type = '2'
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, t.name, format('policy %I', p.polname),
           concat_ws(' ', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid),
                     pg_get_expr(p.polwithcheck, p.polrelid)), NULL, NULL
    FROM tree AS t
    JOIN pg_policy AS p ON p.polrelid = t.oid
    WHERE t.relrowsecurity
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, t.name,
           format('foreign key %I of %I.%I', k.conname, n.nspname, c.relname), pg_get_constraintdef(k.oid), NULL, NULL
    FROM tree AS t
    JOIN pg_constraint AS k
      ON k.confrelid = t.oid AND k.contype = 'f' AND k.confupdtype NOT IN ('a', 'r') AND k.conparentid = 0
    JOIN pg_class AS c ON c.oid = k.conrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, t.name, format('constraint %I', k.conname),
           pg_get_constraintdef(k.oid), coalesce(k.conbin::text, ''), NULL
    FROM tree AS t
    JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype IN ('c', 'x') AND k.conislocal
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, d.name, format('constraint %I', k.conname),
           pg_get_constraintdef(k.oid), coalesce(k.conbin::text, ''), NULL
    FROM domain AS d
    JOIN pg_constraint AS k ON k.contypid = d.oid
    UNION ALL
    SELECT 'pg_attrdef'::regclass, e.oid, t.name,
           format(CASE a.attgenerated WHEN '' THEN 'default of column %I' ELSE 'generated column %I' END, a.attname),
           pg_get_expr(e.adbin, e.adrelid), e.adbin::text, NULL
    FROM pg_attribute AS a
    JOIN tree AS t ON t.oid = a.attrelid
    JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
    WHERE a.attrelid = ANY (ARRAY (SELECT s.oid FROM tree AS s))
      AND (a.attgenerated <> ''
           OR EXISTS (SELECT FROM pg_constraint AS k
                      WHERE k.conrelid = a.attrelid AND k.contype = 'f' AND k.confupdtype = 'd'
                        AND a.attnum = ANY (k.conkey)))
    UNION ALL
    -- Called when a row gets a place in an index of ranges.
    SELECT 'pg_type'::regclass, y.oid, n.nspname, format('range type %I', y.typname), y.typname, '', NULL
    FROM used AS u
    JOIN pg_range AS r ON r.rngtypid = u.oid
    JOIN pg_type AS y ON y.oid = r.rngtypid
    JOIN pg_namespace AS n ON n.oid = y.typnamespace
    UNION ALL
    -- The planner evaluates parts of these even if rows are only read.
    SELECT 'pg_class'::regclass, x.indexrelid, t.name, format('index %I', c.relname),
           pg_get_indexdef(x.indexrelid), concat(x.indexprs::text, x.indpred::text), NULL
    FROM tree AS t
    JOIN pg_index AS x ON x.indrelid = t.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL)
    JOIN pg_class AS c ON c.oid = x.indexrelid AND NOT c.relispartition
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, s.oid, t.name, format('statistics %I', s.stxname),
           pg_get_statisticsobjdef(s.oid), s.stxexprs::text, NULL
    FROM tree AS t
    JOIN pg_statistic_ext AS s ON s.stxrelid = t.oid AND s.stxexprs IS NOT NULL
    UNION ALL
    SELECT 'pg_class'::regclass, p.partrelid, t.name, 'partitioning', pg_get_partkeydef(p.partrelid),
           p.partexprs::text, NULL
    FROM tree AS t
    JOIN pg_partitioned_table AS p ON p.partrelid = t.oid AND p.partexprs IS NOT NULL
),
part AS (
    SELECT * FROM stored
    UNION ALL
    -- Called where an expression makes JSON of a value. It does not name them.
    SELECT 'pg_cast'::regclass, c.oid, y.oid::regtype::text, format('cast to %s', c.casttarget::regtype), '', '', c.castfunc
    FROM used AS u
    JOIN pg_type AS y ON y.oid = u.oid
    JOIN pg_cast AS c ON c.castsource = y.oid AND c.casttarget IN ('json'::regtype, 'jsonb'::regtype) AND c.castfunc <> 0
    WHERE EXISTS (SELECT FROM stored AS e WHERE e.definition ~ '\mJSON')
    UNION ALL
    -- Called where the two sides of a foreign key are compared, or one gets the value of the other: as the owner, but
    -- deferred triggers of what they write run as the role that commits, before PostgreSQL 18.
    SELECT 'pg_cast'::regclass, c.oid, c.castsource::regtype::text, format('cast to %s', c.casttarget::regtype), '', '', c.castfunc
    FROM key_type AS q
    JOIN pg_cast AS c ON c.castsource = q.oid AND c.castfunc <> 0
    JOIN key_type AS r ON r.key = q.key AND r.oid = c.casttarget
    JOIN pg_proc AS f ON f.oid = c.castfunc AND f.pronamespace <> 'pg_catalog'::regnamespace
),
-- The functions that the parts name; the server notes no dependency on built-in ones.
called AS (
    SELECT p.class, p.oid, f.oid AS function, f.xmin::text AS version, f.proowner, format('%I.%I', n.nspname, f.proname) AS name,
           concat_ws(' ', f.proname, l.lanname, f.prosecdef, f.proconfig, f.prosrc, f.probin,
                     pg_get_function_sqlbody(f.oid), pg_get_expr(f.proargdefaults, 0)) AS definition
    FROM part AS p
    CROSS JOIN LATERAL (
        SELECT p.calls AS oid
        UNION
        SELECT d.refobjid FROM pg_depend AS d
        WHERE d.classid = p.class AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass
        UNION
        SELECT o.oprcode FROM pg_depend AS d
        JOIN pg_operator AS o ON o.oid = d.refobjid
        WHERE d.classid = p.class AND d.objid = p.oid AND d.refclassid = 'pg_operator'::regclass
    ) AS c
    JOIN pg_proc AS f ON f.oid = c.oid
    JOIN pg_namespace AS n ON n.oid = f.pronamespace
    JOIN pg_language AS l ON l.oid = f.prolang
),
code AS (
    SELECT format('%s of %s%s', p.what, p.place, ' calls ' || c.names) AS line,
           encode(sha256(convert_to(concat_ws(' ', p.definition, c.definitions), 'UTF8')), 'hex') AS digest
    FROM part AS p
    CROSS JOIN LATERAL (
        SELECT string_agg(format('%s of %s', f.name, pg_get_userbyid(f.proowner)), ', ' ORDER BY f.name) AS names,
               string_agg(f.definition, ' ' ORDER BY f.name, f.definition) AS definitions
        FROM called AS f
        WHERE f.class = p.class AND f.oid = p.oid
    ) AS c
    WHERE p.expression IS NULL OR c.names IS NOT NULL
       OR EXISTS (SELECT FROM pg_depend AS d
                  JOIN pg_type AS y ON y.oid = d.refobjid AND y.typtype = 'd'
                  WHERE d.classid = p.class AND d.objid = p.oid AND d.refclassid = 'pg_type'::regclass)
       OR EXISTS (SELECT FROM regexp_matches(p.expression, ':(?:funcid|opfuncid) ([0-9]+)', 'g') AS m (ids)
                  JOIN pg_proc AS f ON f.oid = m.ids[1]::oid
                  WHERE f.provolatile <> 'i')
       OR EXISTS (SELECT FROM regexp_matches(p.expression, ':opno ([0-9]+)', 'g') AS m (ids)
                  JOIN pg_operator AS o ON o.oid = m.ids[1]::oid
                  JOIN pg_proc AS f ON f.oid = o.oprcode
                  WHERE f.provolatile <> 'i')
),
-- Who the session is, and who it may become again.
me AS (
    SELECT r.oid, r.rolsuper FROM pg_roles AS r WHERE r.rolname IN (session_user, current_user)
),
power AS (
    SELECT CASE WHEN r.rolsuper THEN 'SUPERUSER' WHEN r.rolcreaterole THEN 'CREATEROLE'
                WHEN r.rolreplication THEN 'REPLICATION' WHEN r.rolbypassrls THEN 'BYPASSRLS'
                ELSE r.rolname END AS name
    FROM me
    JOIN pg_roles AS r ON r.oid = me.oid OR NOT me.rolsuper AND pg_has_role(me.oid, r.oid, 'MEMBER')
    WHERE r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
       OR r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
                        'pg_read_all_data', 'pg_write_all_data', 'pg_maintain', 'pg_create_subscription',
                        'pg_signal_backend', 'pg_signal_autovacuum_worker')
)
SELECT format('%I.%I', :table_schema, :table_name) AS name,
       (SELECT t.relkind::text FROM tree AS t WHERE t.is_root) AS kind,
       (SELECT min(t.name) FROM tree AS t WHERE t.is_part AND t.relkind NOT IN ('r', 'p')) AS not_a_table,
       k.column_kind, k.hei_kind,
       ARRAY (SELECT DISTINCT pg_get_userbyid(t.relowner)::text FROM tree AS t WHERE t.is_part ORDER BY 1) AS owners,
       ARRAY (SELECT DISTINCT c.line || ' #' || left(c.digest, 32) FROM code AS c ORDER BY 1) AS code,
       ARRAY (SELECT DISTINCT f.function || ' ' || f.version FROM called AS f ORDER BY 1) AS versions,
       ARRAY (SELECT DISTINCT pg_get_userbyid(o.oid)::text
              FROM (SELECT t.relowner FROM tree AS t UNION SELECT f.proowner FROM called AS f) AS o (oid)
              WHERE EXISTS (SELECT FROM me WHERE NOT pg_has_role(o.oid, me.oid, 'MEMBER')) ORDER BY 1) AS strangers,
       ARRAY (SELECT DISTINCT p.name::text FROM power AS p ORDER BY 1) AS powers,
       session_user::text AS role
FROM (
    SELECT max(y.kind) FILTER (WHERE a.attname = :column_name) AS column_kind,
           max(y.kind) FILTER (WHERE a.attname = :hei_column) AS hei_kind
    FROM pg_attribute AS a
    JOIN pg_type AS b ON b.oid = a.atttypid
    CROSS JOIN LATERAL (
        SELECT coalesce(nullif(b.typbasetype, 0), b.oid) AS base,
               CASE b.typtype WHEN 'd' THEN b.typtypmod ELSE a.atttypmod END AS modifier
    ) AS t
    -- Digits before the point are rounded away if the scale is negative: then it is another type.
    CROSS JOIN LATERAL (
        SELECT format_type(t.base, CASE WHEN t.base = 'numeric'::regtype AND t.modifier >= 4 AND (t.modifier - 4) & 1024 > 0
                                        THEN t.modifier END) AS kind
    ) AS y
    WHERE a.attrelid = (SELECT t.oid FROM tree AS t WHERE t.is_root)
      AND a.attname IN (:column_name, :hei_column) AND a.attnum > 0 AND NOT a.attisdropped
) AS k
