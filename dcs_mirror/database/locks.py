"""Every lock of the mirror's own, in the order in which they are taken, and what takes them.

A program that holds a lock waits only for locks that stand further down. It may try one further up without
waiting for it: a new call takes its own lock, and an amendment that was answered tries those of earlier ones.
Rows of downstream tables are locked after ``institution`` and before ``change``, in the order of the
registered columns' ids.

Any role of the database can take any advisory lock, so nothing here waits for one. A lock that is held until
its transaction ends is a locked row of ``dcs_mirror.lock``, which only the mirror's roles can lock. One that
is held longer is a note, ``held_by``, in a row: it names a session, its role and a drawn number, and the
session holds the advisory lock of that number, by which others see that it lives. Nobody knows the number
before, and to take it afterwards changes nothing, because it is another session that holds it then.
"""

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

import anyio
import asyncpg
import structlog

from dcs_mirror.database import blockers
from dcs_mirror.database.blockers import Holder, described
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import LockNotFree

Held: TypeAlias = Literal["session", "transaction"]

PATIENCE_SECONDS = 600.0
"""How long a lock is waited for: longer than the largest institution takes to be applied."""
ATTEMPT_SECONDS = 5.0
"""After how long a program that waits for a row says for whom; for a lock of a session it says so at once."""
POLL_SECONDS = 0.2
"""How often a lock of a session is looked at while it is waited for."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lock:
    """One kind of lock.

    Attributes:
        name: its name, which is also in the rows of ``dcs_mirror.lock``.
        of: what there is one for each of; empty if there is one such lock.
        table: the table with the rows that are locked, or that say who holds it.
        held: until the session or the transaction ends.
        waits: whether a second program waits for it; if not, it is refused or goes on without.
        protects: what it is for.
    """

    name: str
    of: str
    table: str
    held: Held
    waits: bool
    protects: str


MIGRATE = Lock(
    "migrate", "", "dcs_mirror.alembic_version", "transaction", True, "one migration of the schema at a time"
)
SYNC = Lock(
    "sync",
    "",
    "dcs_mirror.lock",
    "session",
    False,
    "one sync of all institutions at a time, unless that does not matter; others read beside it",
)
NOTIFY = Lock(
    "notify",
    "",
    "dcs_mirror.lock",
    "session",
    False,
    "one program tells what happened, so that nothing is told twice",
)
UNIT_UPDATE = Lock(
    "unit_update",
    "system and file",
    "dcs_mirror.lock",
    "session",
    False,
    "one program sends the unit updates of a file to aXcelerate",
)
STUDENTS = Lock(
    "students",
    "institution",
    "dcs_mirror.lock",
    "session",
    False,
    "one push of student numbers at a time, so that no change is sent twice",
)
REQUESTS = Lock(
    "requests",
    "institution",
    "dcs_mirror.lock",
    "session",
    False,
    "one push of requests at a time, so that each is planned with what the other submitted",
)
CALL = Lock(
    "call",
    "call",
    "dcs_mirror.call",
    "session",
    False,
    "the call is being sent or resolved; if it is free and the call has no end, its program was killed",
)
COURSES = Lock(
    "courses",
    "institution",
    "dcs_mirror.lock",
    "session",
    True,
    "one program writes courses, from reading the known student numbers until the DCS answered",
)
SUBMITTING = Lock(
    "submitting",
    "institution",
    "dcs_mirror.lock",
    "transaction",
    True,
    "no second call enters the journal between the search for duplicates and the entry of the first",
)
RUN = Lock(
    "run",
    "run",
    "dcs_mirror.sync_run",
    "session",
    False,
    "the run is under way; if it is free and the run has no end, its program was killed",
)
DISPATCH = Lock(
    "dispatch",
    "",
    "dcs_mirror.lock",
    "transaction",
    True,
    "one program at a time puts into the queue what is due or asked for, so that nothing is put there twice",
)
JOB = Lock(
    "job",
    "job",
    "dcs_mirror.job",
    "transaction",
    True,
    "a job is not given to another worker while its own applies something of it",
)
BEGIN_SYNC = Lock(
    "begin_sync",
    "",
    "dcs_mirror.lock",
    "transaction",
    True,
    "one program at a time looks whether another one syncs all institutions, and begins",
)
REFRESHES = Lock(
    "refresh_request",
    "role",
    "dcs_mirror.lock",
    "transaction",
    True,
    "one transaction of a role at a time asks for refreshes, so that all that it asked for are counted",
)
INSTITUTION = Lock(
    "institution",
    "institution",
    "dcs_mirror.lock",
    "transaction",
    True,
    "one transaction at a time changes the rows of an institution",
)
CHANGE = Lock(
    "change",
    "",
    "dcs_mirror.lock",
    "transaction",
    True,
    "one transaction at a time writes the change feed, so that change ids become visible in their order",
)

LOCKS = (
    MIGRATE,
    SYNC,
    NOTIFY,
    UNIT_UPDATE,
    STUDENTS,
    REQUESTS,
    CALL,
    COURSES,
    SUBMITTING,
    RUN,
    DISPATCH,
    JOB,
    BEGIN_SYNC,
    REFRESHES,
    INSTITUTION,
    CHANGE,
)
"""All of them, in the order in which they are taken."""

# Some are taken as part of something larger: schema/migrate.py, store/runs.py (a run's start), writes/sql
# (enter and claim), jobs/sql (hold_job), downstream/refreshes.sql, and the file record_unchanged.sql of
# reconcile/sql/unchanged.

# Locks the row; makes it if it is the first time. The row itself is not written again.
_LOCK_ROW = """
INSERT INTO dcs_mirror.lock AS l (name, id) VALUES ($1, $2)
ON CONFLICT (name, id) DO UPDATE SET held_by = l.held_by WHERE false
"""
_TRY_ROW = "SELECT true FROM dcs_mirror.lock AS l WHERE l.name = $1 AND l.id = $2 FOR UPDATE SKIP LOCKED"
# A row that was made by a transaction that has not ended is not to be seen; then those that locked any row.
_ROW_HOLDERS = """
SELECT coalesce(
    (SELECT array_agg(h.pid)
     FROM dcs_mirror.lock AS l
     JOIN pg_locks AS h ON h.transactionid = l.xmax AND h.locktype = 'transactionid' AND h.granted
     WHERE l.name = $1 AND l.id = $2),
    (SELECT array_agg(h.pid)
     FROM pg_locks AS h
     JOIN pg_database AS d ON d.oid = h.database AND d.datname = current_database()
     WHERE h.relation = 'dcs_mirror.lock'::regclass AND h.mode IN ('RowShareLock', 'RowExclusiveLock')
       AND h.pid <> pg_backend_pid()),
    '{}')
"""
_LOCK_TABLE = "SELECT 'dcs_mirror.lock'::regclass::oid"
_TRY_SESSION = """
INSERT INTO dcs_mirror.lock AS l (name, id, held_by)
SELECT $1, $2, dcs_mirror.hold()
WHERE NOT EXISTS (SELECT FROM dcs_mirror.lock AS h
                  WHERE h.name = $1 AND h.id = $2 AND dcs_mirror.is_held(h.held_by))
ON CONFLICT (name, id) DO UPDATE SET held_by = excluded.held_by WHERE NOT dcs_mirror.is_held(l.held_by)
RETURNING true
"""
# In milliseconds.
_LOCK_TIMEOUT = "SELECT s.setting::bigint FROM pg_settings AS s WHERE s.name = 'lock_timeout'"
_SET_LOCK_TIMEOUT = "SELECT set_config('lock_timeout', $1, true)"
_RELEASE_SESSION = """
SELECT pg_advisory_unlock(split_part(l.held_by, ' ', 3)::bigint)
FROM dcs_mirror.lock AS l
WHERE l.name = $1 AND l.id = $2 AND split_part(l.held_by, ' ', 1)::integer = pg_backend_pid()
  AND dcs_mirror.is_held(l.held_by)
"""
_SESSION_HOLDER = """
SELECT array_agg(split_part(l.held_by, ' ', 1)::integer)
FROM dcs_mirror.lock AS l
WHERE l.name = $1 AND l.id = $2 AND dcs_mirror.is_held(l.held_by)
"""


async def lock_row(connection: Connection, lock: Lock, id_: int = 0) -> None:
    """Take a lock until the connection's transaction ends; wait for others, and say for whom.

    Args:
        connection: in a transaction.
        id_: which of this kind.

    Raises:
        LockNotFree: if it is not free within ``PATIENCE_SECONDS``, or the session's ``lock_timeout`` if that
            is shorter; names who holds it.
    """
    if not await try_row(connection, lock, id_):
        await _wait(connection, lock, id_, _lock_row_for_a_while, holders=_ROW_HOLDERS, every=ATTEMPT_SECONDS)


async def try_row(connection: Connection, lock: Lock, id_: int) -> bool:
    """Take a lock until the connection's transaction ends; False if it is not free, or is new."""
    return bool(await connection.fetchval(_TRY_ROW, lock.name, id_))


async def try_session(connection: Connection, lock: Lock, id_: int) -> bool:
    """Take a lock until the session ends, or is returned to its pool; return False if it is not free."""
    return bool(await connection.fetchval(_TRY_SESSION, lock.name, id_))


async def release_session(connection: Connection, lock: Lock, id_: int) -> None:
    """Release a lock that this session took, if it still has it."""
    await connection.execute(_RELEASE_SESSION, lock.name, id_)


async def holder(connection: Connection, lock: Lock, id_: int) -> str:
    """Return who holds a lock of a session, in words."""
    pids = await connection.fetchval(_SESSION_HOLDER, lock.name, id_) or []
    return described(await blockers.sessions(connection, pids))


async def lock_session(connection: Connection, lock: Lock, id_: int) -> None:
    """Take a lock until the session ends, or is returned to its pool; wait for others, and say for whom.

    Args:
        connection: not in a transaction.
        id_: which of this kind.

    Raises:
        LockNotFree: as :func:`lock_row`.
    """
    if not await try_session(connection, lock, id_):
        await _wait(connection, lock, id_, _try_session_later, holders=_SESSION_HOLDER, every=POLL_SECONDS)


_Attempt: TypeAlias = Callable[[Connection, Lock, int, float], Awaitable[bool]]


async def _wait(
    connection: Connection, lock: Lock, id_: int, attempt: _Attempt, *, holders: str, every: float
) -> None:
    set_for_role = await connection.fetchval(_LOCK_TIMEOUT) / 1000
    limit = min(PATIENCE_SECONDS, set_for_role or PATIENCE_SECONDS)
    began, told = time.monotonic(), False
    while not await attempt(connection, lock, id_, min(every, limit)):
        pids = await connection.fetchval(holders, lock.name, id_) or []
        found = described(await _who(connection, pids))
        of = f" of {lock.of} {id_}" if lock.of else ""
        if time.monotonic() - began >= limit:
            why = f"{limit:g} s" + (", the lock_timeout that is set" if limit == set_for_role else "")
            raise LockNotFree(
                f"the lock {lock.name!r}{of} was not free for {why}. It is held by {found}: wait until that "
                "program has ended, or end it, and run this again"
            )
        if not told:
            log.warning(
                "waiting for another dcs-mirror, which holds a lock", lock=f"{lock.name}{of}", held_by=found
            )
            told = True


async def _who(connection: Connection, pids: Collection[int | None]) -> list[Holder]:
    """Return the holders of a lock; no pid stands for a prepared transaction."""
    found: list[Holder] = [*await blockers.sessions(connection, [pid for pid in pids if pid])]
    if None in pids:
        found += await blockers.prepared(connection, await connection.fetchval(_LOCK_TABLE))
    return found


async def _lock_row_for_a_while(connection: Connection, lock: Lock, id_: int, seconds: float) -> bool:
    """Wait for a row, within a savepoint, because a time-out ends the transaction."""
    try:
        async with connection.transaction():
            before = await connection.fetchval(_LOCK_TIMEOUT)
            await connection.execute(_SET_LOCK_TIMEOUT, f"{seconds * 1000:.0f}ms")
            await connection.execute(_LOCK_ROW, lock.name, id_)
            await connection.execute(_SET_LOCK_TIMEOUT, f"{before}ms")
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _try_session_later(connection: Connection, lock: Lock, id_: int, seconds: float) -> bool:
    await anyio.sleep(seconds)
    return await try_session(connection, lock, id_)
