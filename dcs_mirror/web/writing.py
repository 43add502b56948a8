"""Writes to the DCS for clients: few at a time, and each to its end once it is being sent."""

import asyncio

import structlog

from dcs_mirror.errors import CredentialsRefused, Forbidden
from dcs_mirror.jobs.worker import Worker
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
"""How long a client waits until the mirror shows what it wrote; the next sync shows it in any case."""
AGAIN_SECONDS = 5.0
"""When a client that was put off may ask again."""
STOP_SECONDS = 4.0
"""How long writes that are being sent may take when the service is told to stop."""

log = structlog.get_logger()


class PutOff(Exception):
    """Too much is being written, or the service stops; nothing was sent."""


class NotSent(Exception):
    """The write could not be sent in time; nothing was sent."""


class Attempt:
    """One write.

    Attributes:
        call_id: its call in the journal; None as long as that has none.
        is_sending: whether it is being sent, so that its outcome is not known if it is cut off.
    """

    def __init__(self) -> None:
        self.call_id: int | None = None
        self.is_sending = False


class Writer:
    """Carries out writes.

    Args:
        worker: whose client of the DCS they use, and with it its share of the limits.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._doing: dict[asyncio.Task[WriteResult], Attempt] = {}
        self._is_stopping = False

    async def write(
        self, write: Write, attempt: Attempt, *, typed_again: str | None, again: bool
    ) -> WriteResult:
        """Carry out a write, and have the mirror show it.

        If it is cancelled, because the client is gone, a write that is being sent goes on to its end: its
        outcome would be unknown otherwise. One that is not sent yet is given up.

        Args:
            write: what to write.
            attempt: is told how far it is.
            typed_again: the course code, given twice to confirm a deletion (A3).
            again: whether a request may repeat one that is there (A6).

        Raises:
            PutOff, NotSent: if nothing was sent.
            CredentialsRefused: if the DCS refused the credentials, now or not long ago.
            MirrorError: as :func:`dcs_mirror.writes.service.execute`.
        """
        if refusal := self._worker.refusal:
            raise CredentialsRefused(refusal)
        if self._is_stopping or len(self._doing) >= MOST_WAITING:
            raise PutOff
        validation.check_write(write, typed_again=typed_again)
        task = asyncio.create_task(self._do(write, attempt, typed_again=typed_again, again=again))
        self._doing[task] = attempt
        task.add_done_callback(self._forget)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not attempt.is_sending:
                task.cancel()
            raise

    async def stop(self) -> None:
        """Begin nothing any more, and wait for what is being sent."""
        self._is_stopping = True
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

    async def _do(
        self, write: Write, attempt: Attempt, *, typed_again: str | None, again: bool
    ) -> WriteResult:
        try:
            async with asyncio.timeout(BEFORE_SECONDS) as limit:
                until = limit.when()

                def sending(call_id: int, is_sending: bool) -> None:
                    attempt.call_id, attempt.is_sending = call_id, is_sending
                    if not limit.expired():
                        limit.reschedule(None if is_sending else until)

                async with self._turns:
                    runtime = await self._worker.usable()
                    written = await service.carry_out(
                        runtime, write, typed_again=typed_again, again=again, sending=sending
                    )
        except TimeoutError:
            if not attempt.is_sending:
                raise NotSent from None
            raise
        except CredentialsRefused as error:
            if not isinstance(error, Forbidden):  # that may be about this one call
                await self._worker.tell_refused(error)
            raise
        try:
            async with asyncio.timeout(READ_BACK_SECONDS):
                failure = await service.read_back(
                    runtime, write.hei_id, request_id=written.request_id, course_code=written.course_code
                )
        except TimeoutError:
            failure = f"it took longer than {READ_BACK_SECONDS:g} s"
        if failure is not None:
            log.warning("a write is not mirrored yet", call_id=written.call_id, because=failure)
        return written

    def _forget(self, task: asyncio.Task[WriteResult]) -> None:
        self._doing.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            # The client may be gone; the journal has the outcome.
            log.info("a write failed", because=str(task.exception()))
