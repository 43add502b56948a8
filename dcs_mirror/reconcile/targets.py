"""Registered downstream columns, rewritten in the mirror's own transaction (R9)."""

from datetime import datetime
from pathlib import Path

import asyncpg
import structlog

from dcs_mirror import sql
from dcs_mirror.store.database import UNREACHABLE, Connection

_REWRITE = sql.load(Path(__file__).parent / "rewrite_target.sql")
_REPORT = """
INSERT INTO dcs_mirror.target_report AS r (target_id, hei_id, rewritten, error, reported_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (target_id, hei_id) DO UPDATE
SET rewritten = excluded.rewritten, error = excluded.error, reported_at = excluded.reported_at
"""
_TARGETS = """
SELECT target_id, table_schema, table_name, column_name
FROM dcs_mirror.target
WHERE hei_id IS NULL OR hei_id = $1
ORDER BY target_id
"""

log = structlog.get_logger()


async def rewrite(connection: Connection, hei_id: int, *, now: datetime) -> dict[str, int | str]:
    """Rewrites every column registered for an institution by the temporary table ``rewritten_id``.

    Each in a savepoint: one that fails is reported and holds nothing up. Call it inside the
    transaction that changes the mirror's own ids.

    Returns:
        ``schema.table.column`` -> rows rewritten, or the reason of the failure; untouched ones left out.
    """
    done: dict[str, int | str] = {}
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM rewritten_id)"):
        return done
    for target in await connection.fetch(_TARGETS, hei_id):
        name = "{table_schema}.{table_name}.{column_name}".format(**target)
        values = {"hei_id": hei_id, "target_id": target["target_id"]}
        statement = await connection.fetchval(_REWRITE.text, *_REWRITE.arguments(values))
        rewritten, error = 0, None
        try:
            async with connection.transaction():
                rewritten = int((await connection.execute(statement)).rsplit(" ", 1)[-1])
        except UNREACHABLE:
            raise
        except asyncpg.PostgresError as refused:
            error = str(refused)
            log.warning("a registered column could not be rewritten", column=name, hei_id=hei_id, error=error)
        if rewritten or error:
            done[name] = error or rewritten
            await connection.execute(_REPORT, target["target_id"], hei_id, rewritten, error, now)
    return done
