"""Which version every stored row is in: what a run that changes nothing must leave as it was."""

from dcs_mirror.database.connections import Connection

_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
  AND (schemaname, tablename) NOT IN
      (('dcs_mirror', 'sync_run'), ('dcs_mirror', 'sync_outcome'), ('dcs_mirror', 'lock'))
"""


# Items that the night looks up by themselves: when they were seen is written each time (S1, C5).
_LOOKED_UP = """
SELECT 'dcs_mirror.content_item',
       CASE WHEN c.status IS DISTINCT FROM 'Deleted' AND i.course_key IS NOT NULL THEN i.xmin::text
            ELSE (to_jsonb(i) - '{seen_at,reading_order}'::text[])::text END,
       CASE WHEN c.status IS DISTINCT FROM 'Deleted' AND i.course_key IS NOT NULL THEN i.ctid::text END
FROM dcs_mirror.content_item AS i
LEFT JOIN dcs_mirror.course AS c ON c.course_key = i.course_key
"""


async def versions(connection: Connection) -> set[tuple[str | None, ...]]:
    """Every version of every row, in all tables but those that record the run and who holds a lock.

    Of items that are looked up by themselves, what they hold but for the time at which they were seen.
    """
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    parts = [
        f"SELECT '{name}', xmin::text, ctid::text FROM {name}"
        for name in tables
        if name != "dcs_mirror.content_item"
    ]
    return {tuple(row) for row in await connection.fetch(" UNION ALL ".join([*parts, _LOOKED_UP]))}
