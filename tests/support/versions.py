"""Which version every stored row is in: what a run that changes nothing must leave as it was."""

from dcs_mirror.database.connections import Connection

_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
  AND (schemaname, tablename) NOT IN (('dcs_mirror', 'sync_run'), ('dcs_mirror', 'sync_outcome'))
"""


async def versions(connection: Connection) -> set[tuple[str, ...]]:
    """Every version of every row, in all tables but those that record the run."""
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    parts = (f"SELECT '{name}', xmin::text, ctid::text FROM {name}" for name in tables)
    return {tuple(row) for row in await connection.fetch(" UNION ALL ".join(parts))}
