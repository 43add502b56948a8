"""What holds whatever happened: keys, ids and registered rows stay what they were, what is listed stays."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from bench.rollover import STRAYS
from dcs_mirror.database.connections import Connection
from tests.support.walk import Row

_IDS = "SELECT hei_id, request_id, item_key FROM dcs.request_id"
_COURSES = "SELECT course_key, hei_id FROM dcs.course"
_ENTRIES = """
SELECT e.entry_id, i.item_key
FROM reading_list.entry AS e
JOIN dcs.content_item AS i ON i.request_id = e.request_id AND i.hei_id = e.hei_id
"""
_REMOVED = "SELECT request_id FROM dcs.content_item WHERE removed_at IS NOT NULL"
_LIVE = """
SELECT i.request_id, c.course_id
FROM dcs.content_item AS i LEFT JOIN dcs.course AS c USING (course_key)
WHERE i.removed_at IS NULL
"""
_REGISTER_NEW_IDS = """
INSERT INTO reading_list.entry (hei_id, request_id)
SELECT i.hei_id, i.request_id
FROM dcs.content_item AS i
WHERE NOT EXISTS (SELECT FROM reading_list.entry AS e
                  WHERE e.request_id = i.request_id AND e.hei_id = i.hei_id)
"""

K = TypeVar("K")
V = TypeVar("V")


class Place(NamedTuple):
    """A course through which an item can be read."""

    course_id: int
    course_code: str


def places(truth: Row) -> dict[int, Place]:
    """Where the items are that a course code leads to: an item's own number -> its course."""
    return {
        item["number"]: Place(course["id"], course["code"])
        for institution in truth["institutions"]
        for course in institution["courses"]
        for item in course["items"]
        if item["reachable"]
    }


def _items(truth: Row) -> Iterator[tuple[Row, Row]]:
    """Every item with its institution."""
    for institution in truth["institutions"]:
        for items in (institution["unattached"], *(course["items"] for course in institution["courses"])):
            yield from ((institution, item) for item in items)


@dataclass
class Ledger:
    """What was seen so far, against which everything later is held."""

    _keys: dict[tuple[int, int], int] = field(default_factory=dict)
    _courses: dict[int, int] = field(default_factory=dict)
    _entries: dict[int, int] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _named: dict[int, tuple[int, int | None]] = field(default_factory=dict)

    def note(self, truth: Row) -> None:
        """Learns which request ids, of all years, are those of one item upstream, and which it names now."""
        self._named.clear()
        for institution, item in _items(truth):
            self._numbers |= dict.fromkeys(item["request_ids"], item["number"])
            self._named[item["number"]] = (institution["id"], item.get("previous-year-id"))

    async def assert_keys_stay(self, connection: Connection, shown: Collection[int]) -> None:
        """R1, R2, R6: every id ever seen resolves to the item that it stood for, and an item keeps its key.

        It may come under a new one only where nothing tells that it was there: it was not among those
        ``shown`` as listed, so that nobody asks for it by its old id (R4), and names no id that is known;
        or it went meanwhile, after its course had answered and before it was asked for.
        """
        rows = await connection.fetch(_IDS)
        before, keys_before = self._keys, self._keys_by_number()
        self._keys = _kept(before, {(row["hei_id"], row["request_id"]): row["item_key"] for row in rows})
        courses = {row["course_key"]: row["hei_id"] for row in await connection.fetch(_COURSES)}
        self._courses = _kept(self._courses, courses)
        keys = self._keys_by_number()
        for number, known in keys_before.items():
            if number in self._named and (number in shown or self._named[number] in before):
                assert keys[number] == known, f"item {number}, known by {known}, has got another key"
        assert len(set().union(*keys.values())) == sum(map(len, keys.values())), "two items share a key"

    def _keys_by_number(self) -> dict[int, set[int]]:
        keys = defaultdict(set)
        for (_, request_id), key in self._keys.items():
            if request_id in self._numbers:
                keys[self._numbers[request_id]].add(key)
        return keys

    async def assert_registered_rows_follow(self, connection: Connection) -> None:
        """R9: every registered row bears the current id of the item it was made for; new ids are added."""
        assert await connection.fetchval(STRAYS) == 0
        await connection.execute(_REGISTER_NEW_IDS)
        entries = {row["entry_id"]: row["item_key"] for row in await connection.fetch(_ENTRIES)}
        self._entries = _kept(self._entries, entries)

    async def live(self, connection: Connection) -> dict[int, int | None]:
        """The items that the mirror shows as listed: an item's own number -> the id of its course there."""
        rows = await connection.fetch(_LIVE)
        return {
            self._numbers[request_id]: course_id
            for request_id, course_id in rows
            if request_id in self._numbers
        }

    async def removed(self, connection: Connection) -> set[int]:
        """The numbers of the items that the mirror shows as removed."""
        return {self._numbers[row[0]] for row in await connection.fetch(_REMOVED) if row[0] in self._numbers}


def _kept(before: dict[K, V], now: dict[K, V]) -> dict[K, V]:
    """``now``, if it holds all of ``before``."""
    other = {key: (value, now.get(key)) for key, value in before.items() if now.get(key) != value}
    assert other == {}
    return now
