"""The jobs that workers do: ask for them, list them, and try them again."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError, SchemaMismatch, SettingsError, UnknownInstitution
from dcs_mirror.jobs.statements import STATEMENTS

_ASKED_AGAIN = 50
"""How often a refresh is asked for that others ask for at the same moment."""
_KNOWN = "SELECT i.hei_id FROM dcs_mirror.institution AS i ORDER BY i.hei_id"


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a sync by workers is to do, as the options of ``dcs-mirror sync``; no ``hei_ids`` means all."""

    hei_ids: tuple[int, ...] = ()
    resume: bool = False
    accept_removals: bool = False
    accept_year: bool = False

    def as_json(self) -> str:
        """Return the options that are not the usual ones."""
        usual = SyncOptions()
        given = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in given.items() if value != getattr(usual, name)})

    @classmethod
    def from_json(cls, text: str) -> "SyncOptions":
        """Return the options that :meth:`as_json` wrote; further keys are left out."""
        found = json.loads(text)
        return cls(
            tuple(found.get("hei_ids", ())),
            *(bool(found.get(name)) for name in ("resume", "accept_removals", "accept_year")),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """A job that waits, runs or failed."""

    job_id: int
    kind: str
    hei_id: int | None
    state: str
    attempts: int
    enqueued_at: datetime
    started_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How a refresh that was asked for ended."""

    outcome: str
    error: str | None


async def enqueue_sync(connection: Connection, options: SyncOptions, *, now: datetime) -> int:
    """Ask for a sync; return the id of its job, or of one that waits already and does the same.

    Raises:
        UnknownInstitution: if the mirror does not know one of the institutions.
    """
    await _require_known(connection, options.hei_ids)
    async with dispatching(connection):
        values = {"options": options.as_json(), "now": now}
        job_id = await connection.fetchval(*STATEMENTS["add_sync"].bind(values))
    return int(job_id)


async def enqueue_reconcile(connection: Connection, hei_ids: Iterable[int], *, now: datetime) -> list[int]:
    """Ask for a reconciliation of these institutions, or of all; return the ids of the jobs.

    Raises:
        UnknownInstitution: if the mirror does not know one of the institutions.
    """
    wanted = list(dict.fromkeys(hei_ids))
    await _require_known(connection, wanted)
    if not wanted:
        wanted = [row["hei_id"] for row in await connection.fetch(_KNOWN)]
    async with dispatching(connection):
        values = {"hei_ids": wanted, "now": now}
        rows = await connection.fetch(*STATEMENTS["add_reconciliations"].bind(values))
    return sorted(row["job_id"] for row in rows)


async def request_refresh(
    connection: Connection, hei_id: int, *, course: str | None, request_id: int | None
) -> int:
    """Ask for a refresh as ``dcs.request_refresh`` does; return the id of the asking.

    Raises:
        UnknownInstitution: if the mirror does not know the institution.
        SettingsError: if no course or request can have this code or id.
        MirrorError: if this role asked too often.
    """
    await _require_known(connection, [hei_id])
    values = {"hei_id": hei_id, "course_code": course, "request_id": request_id}
    try:
        return int(await connection.fetchval(*STATEMENTS["request_refresh"].bind(values)))
    except asyncpg.InvalidParameterValueError as error:
        raise SettingsError(f"{error.args[0]}: nothing was asked for") from None
    except asyncpg.ConfigurationLimitExceededError as error:
        raise MirrorError(str(error.args[0])) from None


async def ask_refresh(
    connection: Connection, hei_id: int, *, course: str | None, request_id: int | None, by: str, most: int
) -> int | None:
    """Ask for a refresh in the name of somebody who is no role of the database.

    All that they asked for are counted, however many ask at once.

    Args:
        connection: not in a transaction.
        hei_id: an institution that the mirror knows; 0 for the list of institutions.
        course: the code of a course of it, if only that is to be read.
        request_id: or the id of a request, of any year.
        by: who asks, as ``dcs.refresh_request`` shows it.
        most: how many refreshes they may ask for in an hour.

    Returns:
        The id of the asking; None if they asked too often.
    """
    values = {
        "hei_id": hei_id,
        "course_code": course,
        "request_id": request_id,
        "requested_by": by,
        "most": most,
    }
    for left in reversed(range(_ASKED_AGAIN)):
        try:
            # The server refuses one of two that count at once; a lock would need rights that `serve` lacks.
            async with connection.transaction(isolation="serializable"):
                found: int | None = await connection.fetchval(*STATEMENTS["ask_refresh"].bind(values))
        except asyncpg.SerializationError:
            if not left:
                raise
        else:
            return found
    raise AssertionError("the last attempt returns or raises")


async def ended_refreshes(connection: Connection, refresh_ids: list[int]) -> dict[int, Refreshed]:
    """Return which of these refreshes have ended, and how."""
    rows = await connection.fetch(*STATEMENTS["ended_requests"].bind({"refresh_ids": refresh_ids}))
    return {row["refresh_id"]: Refreshed(row["outcome"], row["error"]) for row in rows}


async def open_jobs(connection: Connection) -> list[Job]:
    """Return the jobs that wait, run or failed, the oldest first."""
    return [Job(**row) for row in await connection.fetch(*STATEMENTS["open_jobs"].bind({}))]


async def count_asked(connection: Connection) -> int:
    """Return how many refreshes SQL or the service asked for that no worker has made a job of."""
    found: int = await connection.fetchval(*STATEMENTS["count_asked"].bind({}))
    return found


async def drop(connection: Connection, job_id: int, *, now: datetime) -> None:
    """End a job that waits or failed, or whose worker is gone, without doing it.

    If it is of a run, the run does not become complete.

    Raises:
        MirrorError: if there is no such job, or a worker that lives does it.
    """
    values = {"job_id": job_id, "now": now}
    async with connection.transaction():
        with _needs_queue():
            row = await connection.fetchrow(*STATEMENTS["drop_job"].bind(values))
        if row is None:
            raise await _not_there(connection, job_id, "waits or failed")
        if row["has_waited"]:
            await connection.execute(*STATEMENTS["claim_dropped"].bind({"job_id": job_id}))
        await connection.execute(
            *STATEMENTS["finish_requests"].bind({**values, "outcome": "failed", "error": "dropped by hand"})
        )
        if row["run_id"] is not None:
            await close_run(connection, row["run_id"], now=now)


async def retry(connection: Connection, job_id: int, *, now: datetime) -> int:
    """Do a job that failed again; return the id of the new job.

    Raises:
        MirrorError: if there is no such job, or it did not fail.
    """
    async with connection.transaction():
        new = await connection.fetchval(*STATEMENTS["retry_job"].bind({"job_id": job_id, "now": now}))
        if new is None:
            raise await _not_there(connection, job_id, "failed")
        await put_into_queue(connection)
    return int(new)


async def close_run(connection: Connection, run_id: int, *, now: datetime) -> tuple[str, str] | None:
    """End a run if it has no open job left; return its kind and its outcome, None if it goes on.

    Args:
        connection: in a transaction.
    """
    await connection.execute(*STATEMENTS["lock_run"].bind({"run_id": run_id}))
    row = await connection.fetchrow(*STATEMENTS["close_run"].bind({"run_id": run_id, "now": now}))
    return None if row is None else (row["kind"], row["outcome"])


@asynccontextmanager
async def dispatching(connection: Connection) -> AsyncIterator[None]:
    """Add jobs in one transaction, in which no other session adds any; put them into the queue at its end.

    Raises:
        SchemaMismatch: if there is no queue.
    """
    async with connection.transaction():
        await locks.lock_row(connection, locks.DISPATCH)
        yield
        await put_into_queue(connection)


async def put_into_queue(connection: Connection) -> None:
    """Put into the queue every job that is open and not in it.

    Raises:
        SchemaMismatch: if there is no queue.
    """
    with _needs_queue():
        await connection.execute(*STATEMENTS["queue_jobs"].bind({}))


@contextmanager
def _needs_queue() -> Iterator[None]:
    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        raise SchemaMismatch(
            "the workers' queue is missing, for example because a backup without it was restored. Run "
            "`dcs-mirror migrate`, which makes it again"
        ) from None


async def _require_known(connection: Connection, hei_ids: Iterable[int]) -> None:
    if not hei_ids:
        return
    known = {row["hei_id"] for row in await connection.fetch(_KNOWN)}
    if unknown := [hei_id for hei_id in hei_ids if hei_id not in known]:
        raise UnknownInstitution(
            unknown[0],
            f"Nothing was asked for. If it has just subscribed, run `dcs-mirror refresh {unknown[0]}`",
        )


async def _not_there(connection: Connection, job_id: int, needed: str) -> MirrorError:
    state = await connection.fetchval(*STATEMENTS["state_of_job"].bind({"job_id": job_id}))
    if state is None:
        return MirrorError(f"there is no job {job_id}; see `dcs-mirror jobs`")
    words = {"done": "is done", "running": "is being done", "waiting": "waits", "failed": "failed"}[state]
    return MirrorError(f"job {job_id} {words}; this is for a job that {needed}")
