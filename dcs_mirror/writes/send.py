"""One call that writes, sent under the eyes of the journal (A6)."""

from collections.abc import Awaitable, Callable, Collection
from functools import partial

import anyio
import structlog

from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import UNREACHABLE, Connection
from dcs_mirror.errors import OutcomeUnknown, SafeToResend, UpstreamError
from dcs_mirror.runtime import Runtime
from dcs_mirror.upstream import write_methods
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.writes import journal
from dcs_mirror.writes.commands import Write, parameters
from dcs_mirror.writes.course_list import LockLost
from dcs_mirror.writes.journal import CallEnd

SECONDS_TO_RECORD = 10
"""How long an interrupted call may take to be recorded as such."""

log = structlog.get_logger()


async def send(
    runtime: Runtime,
    client: DcsClient,
    write: Write,
    *,
    course_id: int | None = None,
    given: Collection[str] | None = None,
    instead_of: int | None = None,
    held_by: "Connection | None" = None,
    ended: Callable[[CallEnd], None] = lambda _: None,
) -> tuple[int, int | None]:
    """Sends a checked write once: its call id, and the id of the request that it made.

    However it ends, the journal knows: answered, refused, or unknown, also where it is cancelled. What
    never had its turn stands in no journal.

    Args:
        client: the runtime's, or one that counts its requests apart.
        course_id: the course that is amended, as the DCS lists it.
        given: the parameters that somebody gave; None where a push works them out.
        instead_of: a call without an answer that this one takes the place of.
        held_by: the session that keeps others from writing courses; without it, nothing is sent.
        ended: is told what became of a call that is in the journal, cancelled ones too.

    Raises:
        Unanswered: where nobody knows whether it was taken; it is not sent again.
        LockLost: where ``held_by`` is lost before it is sent.
        MirrorError: where it was refused, did not reach the DCS, or was sent before and is unsettled.
    """
    clock = runtime.clock
    async with runtime.pool.acquire() as connection:
        enter = partial(
            journal.begin, connection, write, course_id=course_id, given=given, instead_of=instead_of
        )
        entry = _Entry(lambda: enter(now=clock.now()), held_by)
        try:
            answer = await write_methods.write(client, write.method, parameters(write), entry)
            entry.ending = CallEnd("answered", request_id=answer.request_id)
        except OutcomeUnknown as error:
            entry.ending = CallEnd("unknown", str(error))
            raise OutcomeUnknown(
                f"{error}. Nobody knows whether {write.method} was taken; it is not sent again by itself. "
                f"To find out: dcs-mirror calls settle {entry.call_id}"
            ) from error
        except UpstreamError as error:
            entry.ending = CallEnd("refused", str(error))
            raise
        finally:
            if entry.call_id is not None:
                ended(entry.ending)
                await _record(connection, entry.call_id, entry.ending, clock)
        assert entry.call_id is not None  # noqa: S101 - what is answered was entered before
        return entry.call_id, answer.request_id


class _Entry:
    """A call's entry in the journal, made when its turn comes; ``ending`` is what became of it so far."""

    def __init__(self, enter: Callable[[], Awaitable[int]], held_by: "Connection | None") -> None:
        self._enter = enter
        self._held_by = held_by
        self.call_id: int | None = None
        self.ending = CallEnd("refused", "it was not sent")

    async def sending(self) -> None:
        if self._held_by is not None and self._held_by.is_closed():
            raise LockLost
        if self.call_id is None:
            self.call_id = await self._enter()
        self.ending = CallEnd("unknown", "interrupted before it was answered")

    def not_accepted(self, error: SafeToResend) -> None:
        log.info("a call was not taken", call_id=self.call_id, because=str(error), wait=error.retry_after)
        self.ending = CallEnd("refused", f"interrupted before it was sent again: {error}")


async def _record(connection: Connection, call_id: int, ending: CallEnd, clock: Clock) -> None:
    """Records the end of a call, also of one that is being cancelled; without a database, the log has it."""
    try:
        with anyio.fail_after(SECONDS_TO_RECORD, shield=True):
            await journal.end(connection, call_id, ending, now=clock.now())
    except (TimeoutError, *UNREACHABLE) as error:
        log.warning(
            "the end of a call could not be recorded: it counts as unknown",
            call_id=call_id,
            ended=ending.state,
            request_id=ending.request_id,
            because=type(error).__name__,
        )
