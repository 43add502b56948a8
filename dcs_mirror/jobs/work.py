"""What a worker does with each kind of job; thin over the use cases.

Each job is begun in one transaction, which says that it is this worker's from now on. What it applies is
applied only if that still holds. So a job that was given to another worker meanwhile, because this one was
paused or cut off, changes nothing any more.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import CredentialsRefused, DatabaseFailed, DatabaseUnavailable, MirrorError
from dcs_mirror.jobs import queue
from dcs_mirror.jobs.begun import MOST_ATTEMPTS, Begun, said
from dcs_mirror.jobs.holding import Lost, calls_of, end, hold, tell_refused
from dcs_mirror.jobs.left import CallsLeft
from dcs_mirror.jobs.queue import SyncOptions
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.reconcile.institution_list import EVERY_INSTITUTION
from dcs_mirror.records import Institution
from dcs_mirror.runtime import Runtime
from dcs_mirror.store import runs
from dcs_mirror.sync.lifecycle import join_run
from dcs_mirror.sync.mirror import reconcile
from dcs_mirror.sync.run import DatabaseRestored, Run

FAILED_DELAYS = (timedelta(seconds=1), timedelta(seconds=4))
"""How long a job waits after it failed for the first and the second time; then it is given up."""
OTHER_SYNC_DELAY = timedelta(seconds=5)
OUTAGE_DELAY = timedelta(seconds=2)
REFUSED_DELAY = timedelta(seconds=10)
LIST_RUN = "institutions"
"""The kind of a run that reads the list of institutions alone."""

log = structlog.get_logger()


class Again(Exception):
    """The job cannot be done now: try it later, without counting this attempt."""

    def __init__(self, delay: timedelta = timedelta()) -> None:
        super().__init__()
        self.delay = delay


class Work:
    """Does jobs of one worker.

    Args:
        worker_id: whose.
        runtime: returns the runtime, with a client that can be used.
        night_ended: is called when a sync has ended with a job of this worker.
    """

    def __init__(
        self,
        worker_id: UUID,
        runtime: Callable[[], Awaitable[Runtime]],
        night_ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._worker_id = worker_id
        self._runtime = runtime
        self._night_ended = night_ended
        self._begun: dict[int, int] = {}
        self._left: dict[int, CallsLeft] = {}

    @property
    def calls_left(self) -> int:
        """Calls that the jobs which are being done have left, as far as is known; any thread may ask."""
        return sum(left.calls for left in list(self._left.values()))

    async def look(self, job_id: int, *, began_at: datetime) -> int | None:
        """How often a job was begun; None if it is not open any more.

        Args:
            began_at: when this worker did.

        Raises:
            Again: if the DCS refused the credentials since then: to try again could lock the account (W3).
        """
        runtime = await self._runtime()
        statement = STATEMENTS["look"].bind({"job_id": job_id, "began_at": began_at})
        row = await runtime.database(lambda connection: connection.fetchrow(*statement))
        if row is not None and row["is_refused"]:
            raise Again(REFUSED_DELAY)
        return None if row is None else int(row["attempts"])

    async def refusal(self, began_at: datetime) -> str | None:
        """Return the words with which the DCS refused the credentials since then; None if it did not."""
        runtime = await self._runtime()
        statement = STATEMENTS["refusal"].bind({"began_at": began_at})
        found: str | None = await runtime.database(lambda connection: connection.fetchval(*statement))
        return found

    async def do(self, job_id: int) -> None:
        """Do a job to its end, whatever that is; one that is not open any more is left.

        Raises:
            Again: if it cannot be done now.
        """
        runtime = await self._runtime()
        job = await runtime.database(partial(self._begin, job_id=job_id, runtime=runtime))
        if job is None:
            return
        self._begun[job_id] = job.attempts
        do = {
            "sync": self._sync,
            "institution": self._institution,
            "refresh": self._refresh,
            "reconcile": self._reconcile,
        }[job.kind]
        try:
            await do(runtime, job)
        except Lost:
            log.warning("another worker has taken the job over; nothing was applied", job_id=job_id)

    async def hand_back(self, job_id: int, failed: Exception | None = None) -> timedelta:
        """Let others do a job, if it is still this worker's; return how long it is to wait.

        Args:
            failed: the error of this attempt, which counts then; None if it does not.
        """
        if (attempts := self._begun.pop(job_id, None)) is None:
            return FAILED_DELAYS[0]  # it could not even be begun
        runtime = await self._runtime()
        values = {
            "worker_id": self._worker_id,
            "job_id": job_id,
            "attempts": attempts,
            "counts": failed is not None,
            "error": None if failed is None else said(failed),
        }
        statement = STATEMENTS["hand_back"].bind(values)
        await runtime.database(lambda connection: connection.execute(*statement))
        if failed is None:
            return timedelta()
        if attempts == MOST_ATTEMPTS:
            return timedelta()  # the next attempt only gives it up
        return FAILED_DELAYS[min(attempts, len(FAILED_DELAYS)) - 1]

    async def _begin(self, connection: Connection, job_id: int, runtime: Runtime) -> Begun | None:
        now = runtime.clock.now()
        async with connection.transaction():
            values = {"job_id": job_id, "worker_id": self._worker_id, "now": now}
            row = await connection.fetchrow(*STATEMENTS["begin_job"].bind(values))
            if row is None:
                return None
            found = dict(row)
            is_of_all = found["kind"] == "sync" and not json.loads(found["options"]).get("hei_ids")
            if is_of_all and await runs.other_sync(connection, found["run_id"]):
                raise Again(OTHER_SYNC_DELAY)
            if found["kind"] in {"sync", "refresh"} and found["run_id"] is None:
                kind = LIST_RUN if found["hei_id"] == EVERY_INSTITUTION else found["kind"]
                run = STATEMENTS["begin_run"].bind({"job_id": job_id, "kind": kind, "now": now})
                found["run_id"] = await connection.fetchval(*run)
            if found["kind"] == "refresh":
                await connection.execute(*STATEMENTS["claim_requests"].bind({"job_id": job_id, "now": now}))
        return Begun(**found)

    async def _sync(self, runtime: Runtime, job: Begun) -> None:
        """Read the list of institutions, prove the registered columns, make a job for each institution."""
        options = SyncOptions.from_json(job.options)
        listed: list[Institution] = []
        unproven: Mapping[int, Mapping[str, str]] = {}
        async with self._part(runtime, job, accept_removals=options.accept_removals) as run:
            _check_attempts(job)
            listed = await run.list_institutions(list(options.hei_ids), resume=options.resume)
            unproven = await run.prove(list(options.hei_ids) or None)
        if run.report.error is not None:
            await self._end_run(runtime, job, run)
            return
        accepted = {name: True for name in ("accept_removals", "accept_year") if getattr(options, name)}
        texts = [
            json.dumps(
                {"name": institution.name, "unproven": dict(unproven.get(institution.hei_id, {})), **accepted}
            )
            for institution in listed
        ]
        values = {
            "run_id": job.run_id,
            "hei_ids": [institution.hei_id for institution in listed],
            "each_options": texts,
            "now": runtime.clock.now(),
        }

        async def expand(connection: Connection) -> None:
            await connection.execute(*STATEMENTS["add_institutions"].bind(values))
            await queue.put_into_queue(connection)

        await self._finish(runtime, job, run, first=expand)

    async def _institution(self, runtime: Runtime, job: Begun) -> None:
        assert job.hei_id is not None  # noqa: S101 - as such jobs are made
        options = json.loads(job.options)
        has_outcome = STATEMENTS["has_outcome"].bind({"run_id": job.run_id, "hei_id": job.hei_id})
        async with self._part(
            runtime,
            job,
            accept_removals=options.get("accept_removals", False),
            accept_year=options.get("accept_year", False),
        ) as run:
            if job.is_given_up:
                await run.give_up(job.hei_id, MirrorError(job.why_given_up))
            elif not await runtime.database(lambda connection: connection.fetchval(*has_outcome)):
                await run.read_one(Institution(job.hei_id, options["name"]), options["unproven"])
        if run.report.error is not None:
            await self._end_run(runtime, job, run)
            return
        state = "failed" if job.is_given_up else "done"
        await self._finish(
            runtime, job, run, state=state, error=job.why_given_up if job.is_given_up else None
        )

    async def _refresh(self, runtime: Runtime, job: Begun) -> None:
        assert job.hei_id is not None  # noqa: S101 - as such jobs are made
        async with self._part(runtime, job) as run:
            _check_attempts(job)
            if job.is_of_list:
                await run.refresh_list()
            else:
                await run.refresh(job.hei_id, course=job.course_code, request_id=job.request_id)
        report = run.report
        if report.error is not None:
            await self._end_run(runtime, job, run)
            return
        if job.is_of_list:
            failure = next(iter(report.failures), None)
            outcome, error = "partial" if failure else "complete", failure and str(failure)
        else:
            outcome, error = report.institutions[0].outcome, report.institutions[0].error

        async def tell(connection: Connection) -> None:
            values = {"job_id": job.job_id, "outcome": outcome, "error": error, "now": runtime.clock.now()}
            await connection.execute(*STATEMENTS["finish_requests"].bind(values))

        await self._finish(runtime, job, run, first=tell)

    async def _reconcile(self, runtime: Runtime, job: Begun) -> None:
        assert job.hei_id is not None  # noqa: S101 - as such jobs are made
        try:
            _check_attempts(job)
            (done,) = await reconcile(runtime, [job.hei_id], fence=partial(hold, job=job))
        except DatabaseFailed:
            raise
        except (DatabaseUnavailable, DatabaseRestored):
            raise Again(OUTAGE_DELAY) from None
        except MirrorError as failed:
            await self._tell_refused(runtime, job, failed)
            values = end(job, state="failed", error=str(failed), exit_code=failed.exit_code)
        else:
            exit_code = 0 if done.is_complete else 1
            values = end(job, exit_code=exit_code, result=json.dumps(asdict(done)))
        statement = STATEMENTS["finish_job"].bind({**values, "now": runtime.clock.now()})
        await runtime.database(lambda connection: connection.execute(*statement))

    @asynccontextmanager
    async def _part(
        self, runtime: Runtime, job: Begun, accept_removals: bool = False, accept_year: bool = False
    ) -> AsyncIterator[Run]:
        assert job.run_id is not None  # noqa: S101 - begun with the job
        self._left[job.job_id] = left = CallsLeft(calls_of(job))
        try:
            async with join_run(
                runtime,
                job.run_id,
                left,
                fence=partial(hold, job=job),
                turn=job.turn,
                accept_removals=accept_removals,
                accept_year=accept_year,
            ) as run:
                yield run
        finally:
            del self._left[job.job_id]

    async def _end_run(self, runtime: Runtime, job: Begun, run: Run) -> None:
        """End the run of a job that met an error after which no further call makes sense.

        Raises:
            Again: if only the database was away, or was restored, with its queue.
            DatabaseFailed: if the database refused something.
        """
        error = run.report.error
        assert error is not None  # noqa: S101 - that is why it is called
        if isinstance(error, DatabaseFailed):
            raise error
        if isinstance(error, DatabaseUnavailable | DatabaseRestored):
            raise Again(OUTAGE_DELAY)
        await self._tell_refused(runtime, job, error)
        now = runtime.clock.now()

        async def leave_out(connection: Connection) -> None:
            values = {"run_id": job.run_id, "error": str(error), "now": now}
            await connection.execute(*STATEMENTS["end_run"].bind(values))
            values = {"job_id": job.job_id, "outcome": "failed", "error": str(error), "now": now}
            await connection.execute(*STATEMENTS["finish_requests"].bind(values))

        await self._finish(
            runtime, job, run, state="failed", error=str(error), exit_code=error.exit_code, first=leave_out
        )

    async def _tell_refused(self, runtime: Runtime, job: Begun, error: MirrorError) -> None:
        if not isinstance(error, CredentialsRefused):
            return

        async def tell(connection: Connection) -> None:
            async with connection.transaction():
                await hold(connection, job)
                await tell_refused(connection, error)

        await runtime.database(tell)

    async def _finish(
        self,
        runtime: Runtime,
        job: Begun,
        run: Run,
        *,
        state: str = "done",
        error: str | None = None,
        exit_code: int | None = None,
        first: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        """End the job, and its run if it was the last; in the same transaction, do ``first`` before.

        Raises:
            Lost: if it is not this worker's any more.
        """
        failures = run.report.failures
        if exit_code is None and failures:
            exit_code = max(failure.exit_code for failure in failures)
            error = error or str(failures[0])
        now = runtime.clock.now()
        values = end(job, state=state, requests=run.report.requests, error=error, exit_code=exit_code)

        async def finish(connection: Connection) -> tuple[str, str] | None:
            async with connection.transaction():
                await hold(connection, job)
                if first is not None:
                    await first(connection)
                await connection.execute(*STATEMENTS["finish_job"].bind({**values, "now": now}))
                return await queue.close_run(connection, job.run_id, now=now) if job.run_id else None

        ended = await runtime.database(finish)
        if ended is not None:
            kind, outcome = ended
            log.info("the run has ended", run_id=job.run_id, kind=kind, outcome=outcome)
            if kind == "sync":
                self._night_ended()


def _check_attempts(job: Begun) -> None:
    if job.is_given_up:
        raise MirrorError(job.why_given_up)
