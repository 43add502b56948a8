"""How a write ended for its client: by how far it came, not by the error that ended it. No I/O."""

import asyncio

import asyncpg
import structlog

from dcs_mirror.database.connections import UNREACHABLE
from dcs_mirror.errors import DatabaseUnavailable, MirrorError, OutcomeUnknown, SchemaMismatch
from dcs_mirror.writes import service
from dcs_mirror.writes.commands import Write
from dcs_mirror.writes.journal import CallEnd
from dcs_mirror.writes.send import INTERRUPTED, unknown
from dcs_mirror.writes.service import WriteResult

NO_DATABASE = "the mirror's database does not answer"
IN_TIME = "it could not be sent in time"

_OF_DATABASE = (*UNREACHABLE, asyncpg.PostgresError, DatabaseUnavailable, SchemaMismatch)

log = structlog.get_logger()


class PutOff(Exception):
    """Too much is being written, or the service stops; nothing was sent."""


class NotWritten(Exception):
    """The DCS did not accept the write, or never got it; the text says why. To send it again is safe."""


class Attempt:
    """One write, and how far it is.

    Attributes:
        call_id: its call in the journal; None as long as that has none.
        is_sending: whether it is being sent, or was; false again if it certainly did not reach the DCS.
        ending: how its call ended; None as long as it has not.
    """

    def __init__(self) -> None:
        self.call_id: int | None = None
        self.is_sending = False
        self.ending: CallEnd | None = None

    def sending(self, call_id: int, is_sending: bool) -> None:
        """Note that it is about to be sent, or that it did not reach the DCS."""
        self.call_id, self.is_sending = call_id, is_sending

    def ended(self, ending: CallEnd) -> None:
        """Note how its call ended, also if that cannot be recorded."""
        self.ending = ending


def judged(write: Write, attempt: Attempt, error: BaseException) -> WriteResult:
    """Return what the DCS accepted, whatever failed afterwards.

    Args:
        write: what was to be written.
        attempt: how far it came.
        error: what ended it.

    Raises:
        OutcomeUnknown: if it was sent and nobody knows whether the DCS accepted it.
        NotWritten: if it was not, and ``error`` does not say so.
        PutOff: if it was given up before it was sent.
        MirrorError: ``error`` itself, if it says why it was refused.
    """
    ending = attempt.ending
    if ending is not None and ending.state == "answered" and attempt.call_id is not None:
        if not isinstance(error, asyncio.CancelledError):
            log.warning("an error followed an accepted write", call_id=attempt.call_id, because=repr(error))
        return service.accepted(write, attempt.call_id, ending.request_id)
    if isinstance(error, OutcomeUnknown):
        raise error
    if attempt.is_sending and (ending is None or ending.state == "unknown"):
        raise unknown(INTERRUPTED, write, attempt.call_id)
    raise _not_written(attempt, error)


def _not_written(attempt: Attempt, error: BaseException) -> Exception:
    """Return what says why the DCS did not accept a write."""
    ending = attempt.ending
    if isinstance(error, asyncio.CancelledError):
        return PutOff()
    if isinstance(error, (PutOff, NotWritten, MirrorError)) and not isinstance(error, _OF_DATABASE):
        return error
    if attempt.is_sending and ending is not None and ending.error:
        return NotWritten(ending.error)
    if isinstance(error, TimeoutError):
        return NotWritten(IN_TIME)
    if isinstance(error, _OF_DATABASE):
        return NotWritten(NO_DATABASE)
    log.error("a write failed before it was sent", exc_info=error)
    return NotWritten("an error of dcs-mirror; its log says more")
