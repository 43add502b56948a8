"""Find what a recipient has not been told yet, and enter it before it is sent."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.notify import book, message
from dcs_mirror.notify.book import Recipient
from dcs_mirror.notify.message import Institution, Message
from dcs_mirror.notify.pages import with_pages

STALE = timedelta(hours=36)
"""After how long without a complete reading an institution is stale, because a nightly sync was missed."""

STATEMENTS = sql.by_name(Path(__file__).parent / "sql")

Key = tuple[str, str, int]
"""A recipient, an event and an institution."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A message to one recipient; ``body`` is the JSON for webhooks."""

    message_id: UUID
    recipient: str
    event: str
    hei_id: int
    occurred_at: datetime
    title: str
    plain: str
    body: str


async def enter_new(
    connection: Connection,
    recipients: Sequence[Recipient],
    *,
    now: datetime,
    since: datetime | None,
    is_rehearsal: bool,
    public_url: str | None = None,
) -> list[Entered]:
    """Enter what each recipient has not been told yet, in one transaction; return it.

    A recipient who has not been told an event of an institution before is told only what lasts still, which
    is ``held`` and ``stale``; of other events the past is left out.

    Args:
        connection: not in a transaction.
        now: the current instant.
        since: tell everything since this instant, also what was told before.
        is_rehearsal: whether to enter nothing.
        public_url: where people reach the dashboard, which messages then link to.

    Raises:
        SettingsError: if the mirror does not know an institution of a recipient.
    """
    async with connection.transaction(isolation="repeatable_read"):
        rows = await institutions(connection, recipients)
        told = {
            (row["recipient"], row["event"], row["hei_id"]): int(row["position"])
            for row in await connection.fetch(*STATEMENTS["positions"].bind({}))
        }
        seeker = _Seeker(connection, now, since)
        entered: list[Entered] = []
        for recipient, row in itertools.product(recipients, rows):
            for event in recipient.events(row["hei_id"]):
                key = recipient.address.key, event, row["hei_id"]
                before, position = told.get(key), _position(event, row, now)
                if found := await seeker.message(event, row, before, position):
                    entered.append(_entered(with_pages(found, public_url), recipient))
                    if not is_rehearsal:
                        await connection.execute(
                            *STATEMENTS["enter"].bind({**_values(entered[-1]), "now": now})
                        )
                if position != before and not is_rehearsal:
                    values = dict(zip(("recipient", "event", "hei_id"), key, strict=True))
                    await connection.execute(
                        *STATEMENTS["move_on"].bind({**values, "position": position, "now": now})
                    )
        return entered


async def institutions(connection: Connection, recipients: Sequence[Recipient]) -> list[dict[str, Any]]:
    """Return the state of each institution.

    Raises:
        SettingsError: if the mirror does not know an institution of a recipient.
    """
    rows = [dict(row) for row in await connection.fetch(*STATEMENTS["institutions"].bind({}))]
    book.require_known(recipients, {row["hei_id"] for row in rows})
    return rows


class _Seeker:
    """Makes messages; what several recipients are told is looked for once."""

    def __init__(self, connection: Connection, now: datetime, since: datetime | None) -> None:
        self._connection = connection
        self._now = now
        self._since = since
        self._found: dict[tuple[str, int, int], Message | None] = {}

    async def message(
        self, event: str, row: Mapping[str, Any], before: int | None, position: int
    ) -> Message | None:
        """Return what is to be told of an event; None if there is nothing.

        Args:
            row: the institution's state.
            before: how far the recipient was told; None if never.
            position: how far there is something to tell.
        """
        if event in {"held", "stale"}:
            is_new = position not in {0, before} or (position != 0 and self._since is not None)
            return self._state(event, row) if is_new else None
        if self._since is None and (before is None or position <= before):
            return None
        key = event, int(row["hei_id"]), 0 if self._since is not None or before is None else before
        if key not in self._found:
            self._found[key] = await self._happened(event, row, key[2])
        return self._found[key]

    def _state(self, event: str, row: Mapping[str, Any]) -> Message:
        where = Institution(row["hei_id"], row["name"])
        if event == "stale":
            return message.stale(where, last=row["last_synced_at"], now=self._now, limit=STALE)
        return message.held(where, run_id=row["held_run_id"], error=row["held_error"], since=row["held_at"])

    async def _happened(self, event: str, row: Mapping[str, Any], after: int) -> Message | None:
        where = Institution(row["hei_id"], row["name"])
        name, make = _MAKERS[event]
        values = {"hei_id": row["hei_id"], "after": after, "since": self._since}
        found = [dict(item) for item in await self._connection.fetch(*STATEMENTS[name].bind(values))]
        if event == "digest":
            return message.digest(where, found[0])
        return make(where, found) if found else None


_MAKERS: Mapping[str, tuple[str, Any]] = {
    "flags": ("flags", message.flags),
    "rollover": ("rollovers", message.rollover),
    "not-carried-over": ("not_carried_over", message.not_carried_over),
    "rejected": ("rejected", message.rejected),
    "digest": ("digest", message.digest),
}


def _position(event: str, row: Mapping[str, Any], now: datetime) -> int:
    """Return how far there is something to tell; of what lasts, which run it began with, 0 if it is over."""
    if event == "held":
        return int(row["held_run_id"] or 0)
    if event == "stale":
        since = row["last_synced_at"] or row["first_seen_at"]
        # One more than the run, because there may have been none.
        return int(row["applied_run_id"]) + 1 if row["subscribed"] and now - since > STALE else 0
    column = {"flags": "flag_id", "rollover": "rollover_year"}.get(event, "change_id")
    return int(row[column])


def _entered(found: Message, recipient: Recipient) -> Entered:
    message_id = uuid4()
    return Entered(
        message_id,
        recipient.address.key,
        found.event,
        found.institution.hei_id,
        found.occurred_at,
        found.title,
        found.plain,
        found.body(message_id),
    )


@cache
def _columns() -> tuple[str, ...]:
    return tuple(Entered.__dataclass_fields__)


def _values(entered: Entered) -> dict[str, Any]:
    return {name: getattr(entered, name) for name in _columns()}


async def waiting(connection: Connection, recipient: Recipient) -> list[Entered]:
    """Return what a recipient has not taken yet, in order."""
    rows: list[asyncpg.Record] = await connection.fetch(
        *STATEMENTS["waiting"].bind({"recipient": recipient.address.key})
    )
    return [Entered(**{name: row[name] for name in _columns()}) for row in rows]
