"""The use case: enter what happened, then send it, each recipient on its own and in order."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import anyio
import asyncpg
import structlog

from dcs_mirror.clock import Clock
from dcs_mirror.concurrency import for_each
from dcs_mirror.database import connections, locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.retry import Database
from dcs_mirror.errors import LockNotFree, SettingsError
from dcs_mirror.notify import found
from dcs_mirror.notify.book import Recipient
from dcs_mirror.notify.by_apprise import ByApprise
from dcs_mirror.notify.channel import Channel, NotTaken
from dcs_mirror.notify.found import Entered
from dcs_mirror.notify.webhook import Webhook

PAUSES: Sequence[float] = (1, 3, 9, 27)
"""Seconds between the attempts of a run to send a message; if all fail, it waits for the next run."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """A recipient who did not take everything.

    Attributes:
        to: how the recipient is called.
        why: in words.
        waiting: how many messages wait for the next run.
    """

    to: str
    why: str
    waiting: int


@dataclass(slots=True)
class NotifyReport:
    """What was told, or would be.

    Attributes:
        is_rehearsal: whether nothing was sent.
        messages: what was taken, by whom it was (how the recipient is called).
        failures: who did not take everything.
    """

    is_rehearsal: bool = False
    messages: list[tuple[str, Entered]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 if everything was taken, 4 if there was something and nobody took anything, else 1."""
        if not self.failures:
            return 0
        return 1 if self.messages else 4


async def notify(
    database: Database,
    connect: Callable[[], AbstractAsyncContextManager[Connection]],
    recipients: Sequence[Recipient],
    *,
    clock: Clock,
    attempt_seconds: float,
    since: datetime | None = None,
    is_rehearsal: bool = False,
    public_url: str | None = None,
    pauses: Sequence[float] = PAUSES,
) -> NotifyReport:
    """Tell each recipient what happened since it was last told.

    Every message is entered before it is sent, and sent until it is taken: by this run, or by the next one.
    If the program is killed between, the message is sent again with the same id.

    Args:
        database: a pool.
        connect: opens a connection apart from it, which holds the lock.
        recipients: what :func:`dcs_mirror.notify.book.load` returned.
        clock: the clock.
        attempt_seconds: time limit for sending one message once.
        since: tell everything since this instant, also what was told before.
        is_rehearsal: whether to send and to enter nothing.
        public_url: where people reach the dashboard, which messages then link to.
        pauses: seconds between attempts.

    Raises:
        SettingsError: if ``since`` is later than now, the mirror does not know an institution, Apprise is
            missing, or an address is none: nothing was sent.
        LockNotFree: if another program is telling.
    """
    now = clock.now()
    if since is not None and since > now:
        raise SettingsError(f"--since: {since:%Y-%m-%d %H:%M} is later than now; nothing was sent")
    ways = channels(recipients, attempt_seconds)
    report = NotifyReport(is_rehearsal)
    async with connect() as connection:
        if not is_rehearsal and not await locks.try_session(connection, locks.NOTIFY, 0):
            holder = await locks.holder(connection, locks.NOTIFY, 0)
            raise LockNotFree(f"another notify is under way: {holder}; nothing was sent")
        # A retry of what was committed finds nothing new: what is sent is what is entered.
        new = await database(
            lambda pooled: found.enter_new(
                pooled, recipients, now=now, since=since, is_rehearsal=is_rehearsal, public_url=public_url
            )
        )
        if is_rehearsal:
            await _rehearse(database, recipients, new, report)
            return report
        tellers = [
            _Teller(database, recipient, channel, clock, pauses)
            for recipient, channel in zip(recipients, ways, strict=True)
        ]
        await for_each(tellers, lambda teller: teller.tell(report), width=len(tellers))
    return report


def channels(recipients: Sequence[Recipient], attempt_seconds: float) -> list[Channel]:
    """Return the way to each recipient; nothing is sent.

    Raises:
        SettingsError: if Apprise is missing, or an address is none.
    """
    return [_channel(recipient, attempt_seconds) for recipient in recipients]


def _channel(recipient: Recipient, timeout: float) -> Channel:
    if recipient.address.is_webhook:
        return Webhook(recipient.address.url, recipient.secret, timeout=timeout)
    return ByApprise(recipient.address, timeout=timeout)


async def _rehearse(
    database: Database, recipients: Sequence[Recipient], new: Sequence[Entered], report: NotifyReport
) -> None:
    for recipient in recipients:
        before = await database(partial(found.waiting, recipient=recipient))
        mine = [message for message in new if message.recipient == recipient.address.key]
        report.messages += [(recipient.address.shown, message) for message in [*before, *mine]]


class _Teller:
    """Tells one recipient, in order."""

    def __init__(
        self,
        database: Database,
        recipient: Recipient,
        channel: Channel,
        clock: Clock,
        pauses: Sequence[float],
    ) -> None:
        self._database = database
        self._recipient = recipient
        self._channel = channel
        self._clock = clock
        self._pauses = pauses

    async def tell(self, report: NotifyReport) -> None:
        """Send what waits, until something is not taken or cannot be noted; add to the report.

        What was taken but not noted counts as told and as waiting: the next run sends it again.
        """
        waiting = await self._database(partial(found.waiting, recipient=self._recipient))
        shown = self._recipient.address.shown
        for place, message in enumerate(waiting):
            try:
                await self._send(message)
                report.messages.append((shown, message))
                await self._note("sent", message, now=self._clock.now())
            except connections.UNREACHABLE:  # nobody's messages can be noted
                raise
            except (NotTaken, asyncpg.PostgresError) as error:
                why = _in_words(error)
                log.warning("a recipient did not take a message", to=shown, event_told=message.event, why=why)
                report.failures.append(Failure(shown, why, len(waiting) - place))
                return

    async def _send(self, message: Entered) -> None:
        """Send a message until it is taken; raise NotTaken if it is not."""
        for pause in (*self._pauses, None):
            try:
                await self._channel.send(message)
            except NotTaken as error:
                await self._note("refused", message, error=str(error))
                if pause is None or not error.may_pass:
                    raise
                await anyio.sleep(pause)
            else:
                return

    async def _note(self, name: str, message: Entered, **values: object) -> None:
        bound = found.STATEMENTS[name].bind({"message_id": message.message_id, **values})

        async def note(pooled: Connection) -> None:
            await pooled.execute(*bound)

        await self._database(note)


def _in_words(error: NotTaken | asyncpg.PostgresError) -> str:
    if isinstance(error, NotTaken):
        return str(error)
    return f"is told no more, because PostgreSQL could not note what was sent: {connections.describe(error)}"
