"""Lists of links that people had checked a moment ago, for the pages and the file of their results.

They are in this process's memory, because a list of a librarian is nobody's data but theirs, and concerns no
later day. They are compressed: what is kept in all is bounded in bytes.
"""

import secrets
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from dcs_mirror.web.dashboard.people import Person
from dcs_mirror.web.link_lists import Checked

KEPT = timedelta(minutes=30)
"""For how long."""
MOST_BYTES = 64 * 2**20
"""How much in all, compressed: the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    bound_to: str
    hei_ids: tuple[int, ...] | None
    checked_at: datetime
    packed: bytes


class KeptLists:
    """The lists, by a name that cannot be guessed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, packed: bytes, person: Person, now: datetime) -> str:
        """Keep a list for who had it checked; return its name."""
        name = secrets.token_urlsafe(16)
        self._kept[name] = _Kept(person.bound_to, person.hei_ids, now, packed)
        self._forget(now)
        return name

    def find(self, name: str, person: Person | None, now: datetime) -> tuple[bytes, datetime] | None:
        """Return a list and when it was checked; None if there is none of this person.

        The answers are those of the institutions that the person saw then: they must be the same still.
        """
        self._forget(now)
        found = self._kept.get(name)
        if found is None or person is None:
            return None
        is_theirs = (found.bound_to, found.hei_ids) == (person.bound_to, person.hei_ids)
        return (found.packed, found.checked_at) if is_theirs else None

    def _forget(self, now: datetime) -> None:
        total = sum(len(each.packed) for each in self._kept.values())
        for name, each in list(self._kept.items()):
            if now - each.checked_at <= KEPT and total <= MOST_BYTES:
                break
            total -= len(each.packed)
            del self._kept[name]


def pack(checked: Checked) -> bytes:
    """Return a list in few bytes; takes a second for the longest."""
    return zlib.compress(msgspec.msgpack.encode(checked), 1)


def unpack(packed: bytes) -> Checked:
    """Return the list of :func:`pack`."""
    return msgspec.msgpack.decode(zlib.decompress(packed), type=Checked)
