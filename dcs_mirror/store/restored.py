"""After a restore: other numbers, another epoch, and no known number of students (A1, R2).

A backup that was restored, and a fail-over that lost the end, take back what the mirror did, but neither what
its readers saw nor what it sent to the DCS. So numbers that were handed out are not handed out again,
followers of the feed see another epoch, and an amendment needs its number of students anew.

Several programs may notice one restore at once: the lock on the row of ``dcs_mirror.feed_state`` lets one of
them begin the epoch.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog

from dcs_mirror.database import sql
from dcs_mirror.database.connections import UNREACHABLE, Connection

_FOLDER = Path(__file__).parent
_EPOCH = sql.load(_FOLDER / "epoch.sql")
_LOCK_EPOCH = sql.load(_FOLDER / "lock_epoch.sql")
_MOVE_NUMBERS_ON = sql.load(_FOLDER / "move_numbers_on.sql")
_BEGIN_EPOCH = sql.load(_FOLDER / "begin_epoch.sql")
_KEEP_ORIGIN = sql.load(_FOLDER / "keep_origin.sql")

_CLUSTER = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()"
# Not that of the last checkpoint, which is the old one for a while after a standby was promoted.
_TIMELINE = "SELECT left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8)"

_WHAT_DIFFERS = {
    "cluster": "another cluster",
    "timeline": "another timeline, so it failed over or was restored to a point in time",
    "database": "another database",
    "table": "tables that were made anew",
}
FOLLOWS = (
    "item keys, change ids and all other numbers continue far above those that were handed out. "
    "The feed has a new epoch (dcs.feed_state): its followers read everything again. "
    "The mirror no longer knows which numbers of students the DCS has: amend a course with --students until "
    "one was sent. The journal lacks what was submitted since the backup"
)
"""What a new epoch means, for messages."""

log = structlog.get_logger()


async def current_epoch(connection: Connection, *, now: datetime) -> UUID:
    """Return the epoch of this database; begin a new one if it was restored without a word (A1, R2).

    A restore is noticed by the cluster, the timeline, the database or the table that the epoch began in. What
    the server does not tell this role is left out. A mirror that never looked before takes over what it
    finds. Call this before numbers are handed out and before anything is sent to the DCS.

    Args:
        connection: not in a transaction.
        now: the instant at which a new epoch counts as begun.
    """
    row = await connection.fetchrow(*_EPOCH.bind({}))
    assert row is not None  # noqa: S101 - the migration wrote it
    epoch: UUID = row["epoch"]
    if row["is_standby"]:  # nothing can be written here
        return epoch
    found = await _origin(connection, row)
    known = _parsed(row["origin"])
    if known | found == known:
        return epoch
    async with connection.transaction(isolation="read_committed"):
        locked = await connection.fetchrow(*_LOCK_EPOCH.bind({}))
        assert locked is not None  # noqa: S101 - as above
        epoch, known = locked["epoch"], _parsed(locked["origin"])
        signs = differences(known, found)
        if signs:
            epoch = await _begin_epoch(connection, found, now)
        elif known | found != known:
            await connection.execute(*_KEEP_ORIGIN.bind({"origin": _written(known | found)}))
    if signs:
        log.warning(
            "this is not where the mirror last wrote: the database was restored, copied, upgraded or failed "
            "over. What the mirror did at the end may be lost",
            noticed=", ".join(signs),
            follows=FOLLOWS,
        )
    return epoch


async def begin_epoch(connection: Connection, *, now: datetime) -> UUID:
    """Begin a new epoch after a restore that cannot be noticed; return it. Each call begins another one.

    Args:
        connection: not in a transaction.
        now: the instant at which the epoch counts as begun.
    """
    row = await connection.fetchrow(*_EPOCH.bind({}))
    assert row is not None  # noqa: S101 - the migration wrote it
    found = {} if row["is_standby"] else await _origin(connection, row)
    async with connection.transaction(isolation="read_committed"):
        await connection.execute(*_LOCK_EPOCH.bind({}))
        return await _begin_epoch(connection, found, now)


def differences(known: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return in words what of an origin is another one; a part that only one side knows says nothing."""
    return [
        f"{words} ({known[part]}, now {found[part]})"
        for part, words in _WHAT_DIFFERS.items()
        if part in known and part in found and known[part] != found[part]
    ]


async def _begin_epoch(connection: Connection, found: Mapping[str, str], now: datetime) -> UUID:
    """Move all numbers on and begin a new epoch. The caller holds the lock on the epoch."""
    moved = {row["table"]: row["last"] for row in await connection.fetch(*_MOVE_NUMBERS_ON.bind({}))}
    values = {"origin": _written(found), "began_at": now, "last_call_before": moved["call"]}
    epoch: UUID = await connection.fetchval(*_BEGIN_EPOCH.bind(values))
    return epoch


async def _origin(connection: Connection, row: asyncpg.Record) -> dict[str, str]:
    """Return where this is, by its parts; without those that the server does not tell."""
    found = {"database": row["database"], "table": row["table"]}
    for part, query in (("cluster", _CLUSTER), ("timeline", _TIMELINE)):
        if row[f"tells_{part}"]:
            try:
                found[part] = await connection.fetchval(query)
            except UNREACHABLE:
                raise
            except asyncpg.PostgresError as error:  # some managed servers have the function, but refuse it
                log.info("the server does not tell where it is", part=part, because=str(error))
    return found


def _written(origin: Mapping[str, str]) -> str:
    return " ".join(f"{part}={origin[part]}" for part in _WHAT_DIFFERS if part in origin)


def _parsed(origin: str | None) -> dict[str, str]:
    return dict(part.split("=", 1) for part in (origin or "").split() if "=" in part)
