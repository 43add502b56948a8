"""The file that ``DCS_NOTIFY_FILE`` names: who is told what. It is validated before anything is sent."""

import shlex
import stat
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dcs_mirror import toml_entries
from dcs_mirror.errors import SettingsError
from dcs_mirror.notify import addresses
from dcs_mirror.notify.addresses import Address
from dcs_mirror.settings import secret_in

EVENTS: Final = ("held", "stale", "rollover", "not-carried-over", "flags", "rejected", "digest")
"""What can be told, in the order in which it is told."""

ALL: Final = "all"
SHORTEST_SECRET: Final = 16
_KEYS = {"institutions", "events", "to", "secret", "secret_file"}
_SETTING = "DCS_NOTIFY_FILE"


@dataclass(slots=True)
class Recipient:
    """Somebody who is told something.

    Attributes:
        address: where.
        secret: what signs a webhook; empty for others.
        wanted: the events that each institution's number leads to, or ``None`` for all institutions.
    """

    address: Address
    secret: bytes = field(default=b"", repr=False)
    wanted: dict[int | None, set[str]] = field(default_factory=dict)

    def events(self, hei_id: int) -> list[str]:
        """Return what is to be told of an institution, in the order in which it is told."""
        wanted = self.wanted.get(hei_id, set()) | self.wanted.get(None, set())
        return [event for event in EVENTS if event in wanted]


def load(path: Path | None) -> list[Recipient]:
    """Read the file; return each recipient once, in the order of the file.

    Raises:
        SettingsError: if it is not set, cannot be read, may be read by everybody, or is invalid: one line
            that names the entry, without addresses and secrets.
    """
    if path is None:
        raise SettingsError(
            f"{_SETTING} is not set: it names the TOML file of who is told what (docs/notifications.md)"
        )
    return toml_entries.load(path, _SETTING, lambda found: recipients(found, path.parent), check=_check_mode)


def recipients(found: Mapping[str, Any], folder: Path) -> list[Recipient]:
    """Return the recipients of a file's content.

    Args:
        found: what the TOML says.
        folder: where a relative ``secret_file`` is looked for.

    Raises:
        ValueError: names what is wrong.
    """
    by_key: dict[str, Recipient] = {}
    toml_entries.for_each(found, "notify", _KEYS, lambda number, entry: _add(by_key, entry, folder, number))
    return list(by_key.values())


def require_known(recipients: Iterable[Recipient], known: Collection[int]) -> None:
    """Refuse institutions that the mirror does not know.

    Raises:
        SettingsError: names them.
    """
    named = {hei_id for recipient in recipients for hei_id in recipient.wanted if hei_id is not None}
    if unknown := sorted(named.difference(known)):
        numbers = ", ".join(map(str, unknown))
        raise SettingsError(
            f"{_SETTING}: the mirror does not know institution {numbers}. Correct the number "
            "(`dcs-mirror status` lists those that it knows), or sync first; nothing was sent"
        )


def _add(by_key: dict[str, Recipient], entry: Mapping[str, Any], folder: Path, number: int) -> None:
    hei_ids, events, secret = _institutions(entry), _events(entry), _secret(entry, folder)
    to = _list(entry, "to", str)
    read: list[Address] = []
    for place, url in enumerate(to, start=1):
        try:
            read.append(addresses.parse(url, f"entry {number}, address {place}"))
        except ValueError as error:
            raise ValueError(f"address {place} of to {error}") from None
    if any(address.is_webhook for address in read) and not secret:
        raise ValueError("a webhook needs secret or secret_file, which signs what is sent")
    for address in read:
        recipient = by_key.setdefault(address.key, Recipient(address, secret if address.is_webhook else b""))
        if address.is_webhook and recipient.secret != secret:
            raise ValueError(f"{address.shown} has another secret than in an entry before")
        if recipient.address.url != address.url:
            raise ValueError(f"{address.shown} has another password than in an entry before")
        for hei_id in hei_ids:
            recipient.wanted.setdefault(hei_id, set()).update(events)


def _institutions(entry: Mapping[str, Any]) -> list[int | None]:
    if entry.get("institutions") == ALL:
        return [None]
    found = _list(entry, "institutions", int, or_else=' or "all"')
    if any(not 0 < hei_id < 2**31 for hei_id in found):
        raise ValueError('institutions must be numbers such as 108, or "all"')
    return list(found)


def _events(entry: Mapping[str, Any]) -> list[str]:
    found = _list(entry, "events", str)
    if unknown := [event for event in found if event not in EVENTS]:
        raise ValueError(f"unknown event {unknown[0]!r}: there are {', '.join(EVENTS)}")
    return list(found)


def _list(entry: Mapping[str, Any], key: str, kind: type, *, or_else: str = "") -> list[Any]:
    found = entry.get(key)
    if not isinstance(found, list) or not found or any(type(value) is not kind for value in found):
        what = "numbers" if kind is int else "texts"
        raise ValueError(f"{key} must be a list of {what}{or_else}, and not empty")
    return found


def _secret(entry: Mapping[str, Any], folder: Path) -> bytes:
    secret, path = entry.get("secret"), entry.get("secret_file")
    if secret is not None and path is not None:
        raise ValueError("secret and secret_file are both set: keep one of them")
    if path is not None:
        if not isinstance(path, str):
            raise ValueError("secret_file must be the name of a file")
        try:
            secret = secret_in(folder / Path(path).expanduser())
        except (RuntimeError, ValueError) as error:  # the first, if this user has no home folder
            raise ValueError(f"secret_file cannot be read: {error}") from None
    if secret is None:
        return b""
    if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
        raise ValueError(f"secret must be a text of {SHORTEST_SECRET} characters or more")
    return secret.encode()


def _check_mode(path: Path, mode: int) -> None:
    """Refuse a file that everybody may read or others may write: it has passwords."""
    if not stat.S_ISREG(mode):
        raise SettingsError(f"{_SETTING}: {path} is not a file")
    if sys.platform != "win32" and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise SettingsError(
            f"{_SETTING}: {path} holds passwords, and others may read or write it: "
            f"run: chmod o-rwx,g-w {shlex.quote(str(path))}"
        )
