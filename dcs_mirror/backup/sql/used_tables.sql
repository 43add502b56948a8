-- Tables that a migration did not make, or with rows that it did not write; none in a mirror that was just made.
SELECT c.oid::regclass::text AS name
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND NOT (n.nspname IN ('dcs_mirror', 'dcs_queue')
           AND (pg_relation_size(c.oid) = 0
                OR c.relname IN ('alembic_version', 'feed_state', 'fleet', 'lock', 'role', 'applied')))
ORDER BY 1
