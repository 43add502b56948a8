"""Writes to the DCS for clients: few at a time, and each to its end once it is being sent."""

import asyncio
from functools import partial
from typing import Any

import structlog

from dcs_mirror.errors import CredentialsRefused, Forbidden, in_words
from dcs_mirror.jobs import queue
from dcs_mirror.jobs.worker import Worker
from dcs_mirror.web.refreshing import MOST_AN_HOUR
from dcs_mirror.web.write_outcome import IN_TIME, Attempt, NotWritten, PutOff, judged
from dcs_mirror.writes import service, validation
from dcs_mirror.writes.commands import Write
from dcs_mirror.writes.service import WriteResult

MOST_AT_ONCE = 2
"""Writes that are carried out at once: each takes up to three connections to the database."""
MOST_WAITING = 100
BEFORE_SECONDS = 30.0
"""How long a write may take until it is sent; then it is given up, so that nothing is written that no client
waits for any more."""
READ_BACK_SECONDS = 10.0
"""How long a client waits until the mirror shows what it wrote."""
AGAIN_SECONDS = 5.0
"""When a client that was put off may ask again."""
STOP_SECONDS = 10.0
"""How long writes that are being sent may take when the service is told to stop."""
OWE_SECONDS = 2.0
"""How long the service may take then to ask for refreshes of what the mirror does not show yet."""

log = structlog.get_logger()


class Writer:
    """Carries out writes.

    Args:
        worker: whose client of the DCS they use, and with it its share of the limits.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._doing: dict[asyncio.Task[WriteResult], Attempt] = {}
        self._showing: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def write(
        self, write: Write, attempt: Attempt, *, typed_again: str | None, again: bool
    ) -> WriteResult:
        """Carry out a write, and have the mirror show it.

        If it is cancelled, because the client is gone, a write that is being sent goes on to its end: its
        outcome would be unknown otherwise. One that is not sent yet is given up. What the DCS accepted is
        returned, whatever fails afterwards.

        Args:
            write: what to write.
            attempt: is told how far it is.
            typed_again: the course code, given twice to confirm a deletion (A3).
            again: whether a request may repeat one that is there (A6).

        Raises:
            PutOff, NotWritten: if nothing was written.
            CredentialsRefused: if the DCS refused the credentials, now or not long ago.
            MirrorError: as :func:`dcs_mirror.writes.service.execute`.
        """
        if refusal := self._worker.refusal:
            raise CredentialsRefused(refusal)
        if self._stopping.done() or len(self._doing) >= MOST_WAITING:
            raise PutOff
        validation.check_write(write, typed_again=typed_again)
        task = asyncio.create_task(self._do(write, attempt, typed_again=typed_again, again=again))
        self._doing[task] = attempt
        task.add_done_callback(self._forget)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # before it began, by :meth:`stop`
                raise PutOff from None
            if not attempt.is_sending:
                task.cancel()
            raise

    async def stop(self) -> None:
        """Begin nothing any more, and wait for what is being sent; nobody waits for the mirror any more."""
        self._stopping.set_result(None)
        for task, attempt in list(self._doing.items()):
            if not attempt.is_sending:
                task.cancel()
        if self._doing:
            await asyncio.wait(list(self._doing), timeout=STOP_SECONDS)
        late = list(self._doing)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        if self._showing:
            await asyncio.wait(list(self._showing), timeout=OWE_SECONDS)
        for showing in self._showing:
            showing.cancel()

    async def _do(
        self, write: Write, attempt: Attempt, *, typed_again: str | None, again: bool
    ) -> WriteResult:
        try:
            written = await self._sent(write, attempt, typed_again=typed_again, again=again)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the attempt says what it means
            written = judged(write, attempt, error)
        showing = asyncio.create_task(self._show(written))
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)
        await self._unless_stopping(showing, seconds=READ_BACK_SECONDS)
        return written

    async def _sent(
        self, write: Write, attempt: Attempt, *, typed_again: str | None, again: bool
    ) -> WriteResult:
        try:
            async with asyncio.timeout(BEFORE_SECONDS) as limit:
                until = limit.when()

                def sending(call_id: int, is_sending: bool) -> None:
                    if is_sending and limit.expired():
                        raise NotWritten(IN_TIME)
                    attempt.sending(call_id, is_sending)
                    if not limit.expired():
                        limit.reschedule(None if is_sending else until)

                async with self._turns:
                    return await service.carry_out(
                        await self._worker.usable(),
                        write,
                        typed_again=typed_again,
                        again=again,
                        sending=sending,
                        ended=attempt.ended,
                    )
        except CredentialsRefused as error:
            if not isinstance(error, Forbidden):  # that may be about this one call
                await self._worker.tell_refused(error)
            raise

    async def _show(self, written: WriteResult) -> None:
        """Have the mirror show a write; if it does not, ask for a refresh."""
        failure: str | None = "the service stops"
        reading = asyncio.create_task(self._read_back(written))
        try:
            await self._unless_stopping(reading)
            if reading.done():
                failure = reading.result()
            if failure is not None:
                log.warning("a write is not mirrored yet", call_id=written.call_id, because=failure)
                await self._owe(written)
        finally:
            reading.cancel()
        await asyncio.wait([reading])

    async def _unless_stopping(self, task: asyncio.Task[Any], *, seconds: float | None = None) -> None:
        """Wait until a task has ended, but not for longer than so many seconds, and not while stopping."""
        either: list[asyncio.Future[Any]] = [task, self._stopping]
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    async def _read_back(self, written: WriteResult) -> str | None:
        """Read what was written; return why that failed, None if it did not."""
        try:
            async with asyncio.timeout(READ_BACK_SECONDS):
                return await service.read_back(
                    await self._worker.usable(),
                    written.hei_id,
                    request_id=written.request_id,
                    course_code=written.course_code,
                )
        except TimeoutError:
            return f"it took longer than {READ_BACK_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, the DCS accepted the write
            return in_words(error)

    async def _owe(self, written: WriteResult) -> None:
        """Ask for a refresh of what was written: it is done by this service or by a worker, also later."""
        try:
            runtime = await self._worker.usable()
            await runtime.database(
                partial(
                    queue.ask_refresh,
                    hei_id=written.hei_id,
                    course=None if written.request_id is not None else written.course_code,
                    request_id=written.request_id,
                    by=f"call {written.call_id}",
                    most=MOST_AN_HOUR,
                )
            )
        except Exception as error:  # noqa: BLE001 - the next sync shows it
            log.warning("a refresh could not be asked for", call_id=written.call_id, because=in_words(error))

    def _forget(self, task: asyncio.Task[WriteResult]) -> None:
        self._doing.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The client may be gone; the journal has the outcome.
            log.info("a write failed", because=in_words(error))
