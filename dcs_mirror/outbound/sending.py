"""One call that writes, sent under the eyes of the journal (A6)."""

import anyio
import structlog

from dcs_mirror.clock import Clock
from dcs_mirror.errors import Unanswered, UpstreamError
from dcs_mirror.outbound import journal
from dcs_mirror.outbound.journal import Ending
from dcs_mirror.outbound.writes import Write, parameters
from dcs_mirror.store.database import UNREACHABLE, Connection, Pool
from dcs_mirror.upstream import writing
from dcs_mirror.upstream.client import DcsClient

SECONDS_TO_RECORD = 10
"""How long an interrupted call may take to be recorded as such."""

log = structlog.get_logger()


async def send(
    pool: Pool, client: DcsClient, clock: Clock, write: Write, *, instead_of: int | None = None
) -> tuple[int, int | None]:
    """Sends a checked write once: its call id, and the id of the request that it made.

    However it ends, the journal knows: answered, refused, or unknown, also where it is cancelled.

    Args:
        instead_of: a call without an answer that this one takes the place of.

    Raises:
        Unanswered: where nobody knows whether it was taken; it is not sent again.
        MirrorError: where it was refused, did not reach the DCS, or was sent before and is unsettled.
    """
    async with pool.acquire() as connection:
        call_id = await journal.enter(connection, write, now=clock.now(), instead_of=instead_of)
        ending = Ending("unknown", "interrupted before it was answered")
        try:
            answer = await writing.write(client, write.method, parameters(write))
            ending = Ending("answered", request_id=answer.request_id)
        except Unanswered as error:
            ending = Ending("unknown", str(error))
            raise Unanswered(
                f"{error}. Nobody knows whether {write.method} was taken; it is not sent again by itself. "
                f"To find out: dcs-mirror calls settle {call_id}"
            ) from error
        except UpstreamError as error:
            ending = Ending("refused", str(error))
            raise
        finally:
            await _record(connection, call_id, ending, clock)
    return call_id, ending.request_id


async def _record(connection: Connection, call_id: int, ending: Ending, clock: Clock) -> None:
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
