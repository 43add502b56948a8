"""The accounts: add, list, rotate, remove."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import asyncpg

from dcs_mirror.accounts import secrets
from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import SettingsError, UnknownInstitution

RIGHTS = ("refresh", "acknowledge", "write")
"""What an account may be allowed beyond reading."""
LONGEST_NAME = 200

STATEMENTS = sql.by_name(Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Account:
    """Who may use the service.

    Attributes:
        name: the user name of Basic credentials, or what a trusted proxy says.
        hei_ids: the institutions that it sees; None for all.
        may: which of ``RIGHTS`` it has.
        is_proxied: whether only a trusted proxy can name it, because it has no secret.
    """

    name: str
    hei_ids: tuple[int, ...] | None
    may: frozenset[str]
    is_proxied: bool
    created_at: datetime
    rotated_at: datetime | None
    secret_digest: bytes | None = field(default=None, repr=False)

    def sees(self, hei_id: int) -> bool:
        """Whether it sees an institution."""
        return self.hei_ids is None or hei_id in self.hei_ids


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An account as it was just added or rotated, with the secret that is shown only now; None if proxied."""

    name: str
    secret: str | None = field(repr=False)
    hei_ids: tuple[int, ...] | None
    may: tuple[str, ...]


async def add(
    connection: Connection,
    name: str,
    hei_ids: Iterable[int],
    may: Iterable[str],
    *,
    is_proxied: bool,
    now: datetime,
) -> NewSecret:
    """Add an account.

    Args:
        name: its name.
        hei_ids: the institutions that it sees; none for all.
        may: which of ``RIGHTS`` it has.
        is_proxied: whether it has no secret, so that only a trusted proxy can name it.

    Raises:
        SettingsError: if the name cannot be one, or is taken; if a right is unknown.
        UnknownInstitution: if the mirror does not know one of them.
    """
    _check_name(name)
    wanted = sorted(set(hei_ids)) or None
    rights = _rights(may)
    secret = None if is_proxied else secrets.new_secret()
    async with connection.transaction():
        if wanted is not None:
            unknown = await connection.fetchval(*STATEMENTS["unknown_institution"].bind({"hei_ids": wanted}))
            if unknown is not None:
                raise UnknownInstitution(unknown, "No account was added")
        values = {
            "name": name,
            "secret_digest": None if secret is None else secrets.digest(secret),
            "hei_ids": wanted,
            "may": rights,
            "now": now,
        }
        try:
            async with connection.transaction():
                await connection.execute(*STATEMENTS["add_account"].bind(values))
        except asyncpg.UniqueViolationError:
            raise SettingsError(
                f"there is an account {name!r} already: `dcs-mirror accounts rotate` gives it another secret"
            ) from None
        await record(connection, name, "added", now=now)
    return NewSecret(name, secret, None if wanted is None else tuple(wanted), tuple(rights))


async def listed(connection: Connection) -> list[Account]:
    """Return all accounts, by name."""
    return [_account(row) for row in await connection.fetch(*STATEMENTS["accounts"].bind({}))]


async def rotate(connection: Connection, name: str, *, now: datetime) -> NewSecret:
    """Give an account another secret; the one that it had is refused from now on, within a minute.

    Raises:
        SettingsError: if there is no such account, or it has no secret.
    """
    secret = secrets.new_secret()
    async with connection.transaction():
        values = {"name": name, "secret_digest": secrets.digest(secret), "now": now}
        row = await connection.fetchrow(*STATEMENTS["rotate_account"].bind(values))
        if row is None:
            known = {account.name: account for account in await listed(connection)}
            if name in known:
                raise SettingsError(f"account {name!r} has no secret: a trusted proxy names it")
            raise _no_account(name)
        await record(connection, name, "rotated", now=now)
    hei_ids = row["hei_ids"]
    return NewSecret(name, secret, None if hei_ids is None else tuple(hei_ids), tuple(row["may"]))


async def remove(connection: Connection, name: str, *, now: datetime) -> None:
    """Remove an account; it is refused from now on, within a minute.

    Raises:
        SettingsError: if there is no such account.
    """
    async with connection.transaction():
        if not await connection.fetchval(*STATEMENTS["remove_account"].bind({"name": name})):
            raise _no_account(name)
        await record(connection, name, "removed", now=now)


async def record(
    connection: Connection,
    account: str | None,
    action: str,
    *,
    now: datetime,
    hei_id: int | None = None,
    details: str = "{}",
) -> None:
    """Add a row to the record of what was done.

    Args:
        account: the account's name, or what was given as it; None if nothing was.
        action: added, rotated, removed, refresh, acknowledge, write or refused.
        hei_id: the institution that it was done to.
        details: a JSON object: what else tells about it, without secrets.
    """
    values = {"account": account, "action": action, "hei_id": hei_id, "details": details, "now": now}
    await connection.execute(*STATEMENTS["record_action"].bind(values))


def _account(row: asyncpg.Record) -> Account:
    return Account(
        row["name"],
        None if row["hei_ids"] is None else tuple(row["hei_ids"]),
        frozenset(row["may"]),
        row["secret_digest"] is None,
        row["created_at"],
        row["rotated_at"],
        row["secret_digest"],
    )


def _check_name(name: str) -> None:
    if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise SettingsError(
            f"an account's name has 1 to {LONGEST_NAME} letters that can be shown, and no blank at either end"
        )
    if ":" in name:
        raise SettingsError("an account's name has no colon: Basic authentication ends the name there")


def _rights(may: Iterable[str]) -> list[str]:
    wanted = set(may)
    if unknown := sorted(wanted.difference(RIGHTS)):
        raise SettingsError(f"no account may {unknown[0]!r}: give any of {', '.join(RIGHTS)}")
    return [right for right in RIGHTS if right in wanted]


def _no_account(name: str) -> SettingsError:
    return SettingsError(f"there is no account {name!r}; see `dcs-mirror accounts list`")
