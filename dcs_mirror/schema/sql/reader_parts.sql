-- What makes up the schema of a restricted reader: its views and functions, and who may use them.
-- takes: schema_name text
SELECT 'schema' AS part, md5(n.nspacl::text) AS digest
FROM pg_namespace AS n
WHERE n.nspname = :schema_name
UNION ALL
SELECT format('view %I', c.relname), md5(concat_ws(' ', pg_get_viewdef(c.oid), c.reloptions::text, c.relacl::text))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema_name AND c.relkind = 'v'
UNION ALL
SELECT format('function %I', p.proname), md5(concat_ws(' ', pg_get_functiondef(p.oid), p.proacl::text))
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = :schema_name
