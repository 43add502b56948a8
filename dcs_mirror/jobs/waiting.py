"""Waiting for the end of what workers were asked for, and its report, as a single process would make it.

Each look at the database is repeated if its server restarts: the work goes on then, too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import anyio
import asyncpg
import structlog

from dcs_mirror.database.retry import Database
from dcs_mirror.errors import MirrorError
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.reconcile.registered_columns import ColumnRewrite
from dcs_mirror.sync.mirror import ReconcileResult
from dcs_mirror.sync.report import Report

POLL_SECONDS = 0.25
"""How often a command that waits looks whether the work has ended."""
TELL = timedelta(seconds=10)
"""How long a command waits before it warns that no worker does what it waits for."""

_DROPPED = "it was dropped"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: ``state`` is done or failed; ``result`` is what a reconciliation did, as JSON."""

    job_id: int
    run_id: int | None
    state: str
    error: str | None
    exit_code: int | None
    result: str | None


class Told(MirrorError):
    """An error of a worker, raised in the command that waited for the work."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # the class's is for errors that always have the same


async def wait_for_jobs(database: Database, job_ids: list[int]) -> list[Ended]:
    """Wait until all of these jobs have ended; warn if no worker does them.

    One that is not there any more, such as of an institution that was purged, counts as dropped.
    """
    silence = _Silence()
    while True:
        rows = await _rows(database, "how_they_ended", {"job_ids": job_ids})
        if all(row["state"] in {"done", "failed"} for row in rows):
            ended = {row["job_id"]: Ended(**row) for row in rows}
            return [ended.get(job_id) or _dropped(job_id) for job_id in job_ids]
        await silence.wait(database)


async def wait_for_refresh(database: Database, refresh_id: int) -> Ended:
    """Wait until a refresh that was asked for has ended; return how its job did."""
    silence = _Silence(is_refresh=True)
    while True:
        row = await _row(database, "request_ended", {"refresh_id": refresh_id})
        if row is None or row["has_ended"]:
            return (
                (await wait_for_jobs(database, [row["job_id"]]))[0] if row and row["job_id"] else _dropped()
            )
        await silence.wait(database)


async def report_of(database: Database, ended: Ended) -> Report:
    """Wait until the run of a job has ended, and return its report, as a single process would make it."""
    if ended.run_id is None:
        return Report(0, error=Told(ended.error or "it was not begun", ended.exit_code or 1))
    silence = _Silence()
    values = {"run_id": ended.run_id}
    while True:
        row = await _row(database, "run_report", values)
        if row is None:  # it was pruned, or its institution purged
            return Report(ended.run_id, error=Told(_DROPPED, 1))
        if row["has_ended"]:
            break
        await silence.wait(database)
    outcomes = await _rows(database, "run_outcomes", values)
    report = Report(ended.run_id, int(row["requests"]), row["seconds"])
    report.institutions = [InstitutionOutcome(**outcome) for outcome in outcomes]
    exit_code = row["exit_code"] or 1
    if row["error"] is not None:
        report.error = Told(row["error"], exit_code)
    elif row["exit_code"]:
        report.failures.append(Told(ended.error or "some of it failed", exit_code))
    return report


async def reconciled(database: Database, job_ids: list[int]) -> list[ReconcileResult]:
    """Wait until these reconciliations have ended; return what they did.

    Raises:
        MirrorError: the first error of one.
    """
    results = []
    for ended in await wait_for_jobs(database, job_ids):
        if ended.result is None:
            raise Told(ended.error or _DROPPED, ended.exit_code or 1)
        found = json.loads(ended.result)
        found["columns"] = [ColumnRewrite(**column) for column in found["columns"]]
        results.append(ReconcileResult(**found))
    return results


def _dropped(job_id: int = 0) -> Ended:
    return Ended(job_id, None, "failed", _DROPPED, 1, None)


class _Silence:
    """Waits between two looks, and says after a while that no worker does what is waited for.

    Args:
        is_refresh: whether it is a refresh, which `serve` does, too.
    """

    def __init__(self, *, is_refresh: bool = False) -> None:
        self._since = anyio.current_time()
        self._is_refresh = is_refresh
        self._told = False

    async def wait(self, database: Database) -> None:
        await anyio.sleep(POLL_SECONDS)
        if self._told or anyio.current_time() - self._since < TELL.total_seconds():
            return
        row = await _row(database, "silence", {"patience": TELL})
        assert row is not None  # noqa: S101 - it has no condition
        self._since = anyio.current_time()
        if not row["alive"]:
            log.warning("no worker is alive, so nothing is done yet; start one: dcs-mirror worker")
        elif row["is_left"] and not self._is_refresh:
            log.warning(
                "no worker does what waits. `serve` does refreshes only, and a sync waits until another one "
                "has ended. `dcs-mirror jobs` shows what waits; to start a worker: `dcs-mirror worker`"
            )
        else:
            return
        self._told = True


async def _rows(database: Database, name: str, values: Mapping[str, object]) -> list[asyncpg.Record]:
    statement = STATEMENTS[name].bind(values)
    return await database(lambda connection: connection.fetch(*statement))


async def _row(database: Database, name: str, values: Mapping[str, object]) -> asyncpg.Record | None:
    statement = STATEMENTS[name].bind(values)
    return await database(lambda connection: connection.fetchrow(*statement))
