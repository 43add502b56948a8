"""Sending one write, recorded in the journal before it is sent and after it is answered (A6)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from uuid import UUID

import asyncpg
import structlog

from dcs_mirror.beside import to_its_end
from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import UNREACHABLE, Connection, borrow
from dcs_mirror.errors import OutcomeUnknown, SafeToResend, UpstreamError
from dcs_mirror.runtime import Runtime
from dcs_mirror.store import restored
from dcs_mirror.upstream import write_methods
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.writes import journal
from dcs_mirror.writes.commands import Write, parameters
from dcs_mirror.writes.course_list import LockLost
from dcs_mirror.writes.journal import CallEnd

SECONDS_TO_RECORD = 10
"""How long recording the outcome of a call may take, even if the call is being cancelled."""

INTERRUPTED = "interrupted before it was answered"

log = structlog.get_logger()


async def send(
    runtime: Runtime,
    client: DcsClient,
    write: Write,
    *,
    epoch: UUID,
    course_id: int | None = None,
    given: Collection[str] | None = None,
    instead_of: int | None = None,
    again: bool = False,
    held_by: "Connection | None" = None,
    sending: Callable[[int, bool], None] = lambda *_: None,
    ended: Callable[[CallEnd], None] = lambda _: None,
) -> tuple[int, int | None]:
    """Send a validated write once.

    The journal records the outcome (answered, refused or unknown), even if the call is cancelled. A call that
    is cancelled before its turn to be sent is not recorded.

    Args:
        client: the runtime's, or one that counts its requests apart.
        write: what to send.
        epoch: the database's when the write was completed; if it was restored since, nothing is sent.
        course_id: the DCS's id of the course that is amended.
        given: names of the parameters that the user gave; None for a push, which computes them.
        instead_of: a call without an answer that this one replaces.
        again: whether a request may repeat one that is there.
        held_by: the session that holds the lock on the courses; if it is closed, nothing is sent.
        sending: is called with the id of the call and True just before each time it is sent, and with False
            when it certainly did not reach the DCS and may be sent again.
        ended: is called with the outcome of a recorded call, even if the call is cancelled.

    Returns:
        The id of the call, and the id of the request that it created.

    Raises:
        OutcomeUnknown: if it is not known whether the DCS accepted the write; it is not sent again.
        LockLost: if ``held_by`` is lost, or the database was restored, before the write is sent.
        MirrorError: if the write was refused, did not reach the DCS, or repeats an unsettled call or
            a request that is there.
    """
    clock = runtime.clock
    async with borrow(runtime.pool) as connection:
        enter = partial(
            journal.begin,
            connection,
            write,
            course_id=course_id,
            given=given,
            instead_of=instead_of,
            again=again,
        )

        async def enter_in_epoch() -> int:
            if await restored.current_epoch(connection, now=clock.now()) != epoch:
                raise LockLost("the database was restored or failed over meanwhile")
            return await enter(now=clock.now())

        entry = _Entry(enter_in_epoch, held_by, sending)
        try:
            answer = await write_methods.write(client, write.method, parameters(write), entry)
            entry.ending = CallEnd("answered", request_id=answer.request_id)
        except OutcomeUnknown as error:
            entry.ending = CallEnd("unknown", str(error))
            raise unknown(str(error), write, entry.call_id) from error
        except UpstreamError as error:
            entry.ending = CallEnd("refused", str(error))
            raise
        finally:
            if entry.call_id is not None:
                ended(entry.ending)
                await _record(connection, entry.call_id, entry.ending, clock)
        assert entry.call_id is not None  # noqa: S101 - a call is recorded before it can be answered
        return entry.call_id, answer.request_id


def unknown(because: str, write: Write, call_id: int | None) -> OutcomeUnknown:
    """Return the error that tells a user that nobody knows whether the DCS accepted a call.

    Args:
        because: why not.
        write: what was sent.
        call_id: the call in the journal.
    """
    return OutcomeUnknown(
        f"{because}. It is not known whether the DCS accepted {write.method}; it is not sent again "
        f"automatically. To find out: dcs-mirror calls settle {call_id}"
    )


class _Entry:
    """A call's entry in the journal, made just before the call is sent; ``ending`` is its outcome so far."""

    def __init__(
        self,
        enter: Callable[[], Awaitable[int]],
        held_by: "Connection | None",
        sending: Callable[[int, bool], None],
    ) -> None:
        self._enter = enter
        self._held_by = held_by
        self._sending = sending
        self.call_id: int | None = None
        self.ending = CallEnd("refused", "it was not sent")

    async def sending(self) -> None:
        if self._held_by is not None and self._held_by.is_closed():
            raise LockLost
        if self.call_id is None:
            self.call_id = await self._enter()
        self._sending(self.call_id, True)
        self.ending = CallEnd("unknown", INTERRUPTED)

    def not_accepted(self, error: SafeToResend) -> None:
        log.info(
            "the DCS did not accept a call", call_id=self.call_id, because=str(error), wait=error.retry_after
        )
        self.ending = CallEnd("refused", f"interrupted before it was sent again: {error}")
        if self.call_id is not None:
            self._sending(self.call_id, False)


async def _record(connection: Connection, call_id: int, ending: CallEnd, clock: Clock) -> None:
    """Record the outcome of a call, even if it is being cancelled; if PostgreSQL fails, log it."""
    try:
        await to_its_end(_end(connection, call_id, ending, clock))
    except (TimeoutError, *UNREACHABLE, asyncpg.PostgresError) as error:
        log.warning(
            "the outcome of a call could not be recorded: it counts as unknown",
            call_id=call_id,
            outcome=ending.state,
            request_id=ending.request_id,
            because=type(error).__name__,
        )


async def _end(connection: Connection, call_id: int, ending: CallEnd, clock: Clock) -> None:
    async with asyncio.timeout(SECONDS_TO_RECORD):
        await journal.end(connection, call_id, ending, now=clock.now())
