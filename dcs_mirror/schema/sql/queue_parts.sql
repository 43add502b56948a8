-- What the queue is made of, one line each.
SELECT format('relation of dcs_queue.%I', c.relname) AS part
FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace('dcs_queue')
UNION ALL
SELECT format('trigger of dcs_queue.%I', g.tgname)
FROM pg_trigger AS g
WHERE g.tgrelid = to_regclass('dcs_queue.pgqueuer') AND NOT g.tgisinternal
