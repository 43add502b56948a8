"""The DCS's answers, built by PostgreSQL from what the mirror holds, and kept as long as they stay true."""

import asyncio
import gzip
import math
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import xxhash
from multidict import CIMultiDict

from dcs_mirror.database.connections import Pool
from dcs_mirror.database.sql import Statement
from dcs_mirror.web.access import STATEMENTS, Version
from dcs_mirror.web.common_headers import COMMON
from dcs_mirror.web.conditional import REUSE_SECONDS, http_date
from dcs_mirror.web.dcs_words import JSON

KEPT_BYTES = 64 * 2**20
"""How much memory answers take at most."""
_ANSWER_BYTES = 1500
"""What an answer takes beside its body and the code that was asked for, with the question and the version."""
_LEAST_COMPRESSED = 1000
"""Bytes from which compression saves more than it costs."""

STATEMENTS_OF = {"GetInstitutions": "institutions", "GetCourses": "courses", "GetCourseContent": "content"}


class Question(NamedTuple):
    """What a client asks for; ``request_id`` may be of any year."""

    method: str
    hei_id: int | None = None
    code: str | None = None
    request_id: int | None = None


@dataclass(slots=True)
class Answer:
    """An answer as it is sent.

    Attributes:
        body: its bytes; None if the mirror never read what was asked for.
        read_at: when that was last read from the DCS.
        changed_at: when the answer last changed.
        has_course, has_item: whether the course or request that was asked for is listed.
        read_timestamp: the same as ``read_at`` in seconds since 1970; minus infinity if it never was.
        etags: what the body is known by, as it is and compressed.
        last_modified: when it last changed, as HTTP has it; empty if that is not known.
    """

    body: bytes | None
    read_at: datetime | None
    changed_at: datetime | None
    has_course: bool = True
    has_item: bool = True
    read_timestamp: float = field(init=False)
    etags: tuple[str, str] = field(init=False)
    last_modified: str = field(init=False)
    _headers: tuple[int, bool, CIMultiDict[str]] | None = field(default=None, init=False)
    _compressed: bytes | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.read_timestamp = -math.inf if self.read_at is None else self.read_at.timestamp()
        digest = xxhash.xxh3_128_hexdigest(self.body or b"")
        self.etags = f'"{digest}"', f'"{digest}-gzip"'
        self.last_modified = "" if self.changed_at is None else http_date(self.changed_at)

    @property
    def is_compressible(self) -> bool:
        """Whether it is worth compressing."""
        return self.body is not None and len(self.body) >= _LEAST_COMPRESSED

    def headers(self, age: int, *, is_compressed: bool) -> CIMultiDict[str]:
        """Return the headers that say what it is and how old; kept as long as they stay the same.

        Args:
            age: seconds since it was read from the DCS.
            is_compressed: whether it is sent compressed.
        """
        kept = self._headers
        if kept is not None and kept[0] == age and kept[1] == is_compressed:
            return kept[2]
        headers = CIMultiDict(
            COMMON
            | {
                "Content-Type": JSON,
                "ETag": self.etags[is_compressed],
                "Age": str(age),
                "Cache-Control": f"private, max-age={age + REUSE_SECONDS}",
                "Vary": "Authorization, Accept-Encoding",
            }
        )
        if self.last_modified:
            headers["Last-Modified"] = self.last_modified
        self._headers = (age, is_compressed, headers)
        return headers

    def compressed(self) -> bytes:
        """The body, gzip-encoded; kept for the next client."""
        if self._compressed is None:
            self._compressed = gzip.compress(self.body or b"", 6, mtime=0)
        return self._compressed


class Answers:
    """Builds answers, and keeps those of institutions that did not change.

    Args:
        pool: connections that only read.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[Question, tuple[Version, Answer]] = OrderedDict()
        self._bytes = 0
        self._building: dict[tuple[str, Question, Version], asyncio.Task[Answer | None]] = {}

    def kept(self, question: Question, version: Version) -> Answer | None:
        """Return the answer that is kept, if it is of this version of the institution."""
        kept = self._kept.get(question)
        if kept is None or kept[0] != version:
            return None
        self._kept.move_to_end(question)
        return kept[1]

    async def get(self, name: str, question: Question, version: Version) -> Answer | None:
        """Return the answer, built anew if none is kept; None if the account does not see the institution.

        Args:
            name: the account's; it was found to see the institution.
            question: what it asks for.
            version: of the institution, as the database just said.
        """
        if question.hei_id is None:
            return await self._build(name, question)
        if (kept := self.kept(question, version)) is not None:
            return kept
        key = (name, question, version)
        building = self._building.get(key)
        if building is None:
            building = self._building[key] = asyncio.create_task(self._build(name, question))
            building.add_done_callback(lambda _: self._building.pop(key, None))
            answer = await asyncio.shield(building)
            if answer is not None:
                self._keep(question, version, answer)
            return answer
        return await asyncio.shield(building)

    async def _build(self, name: str, question: Question) -> Answer | None:
        statement: Statement = STATEMENTS[STATEMENTS_OF[question.method]]
        values = {
            "name": name,
            "hei_id": question.hei_id,
            "code": question.code,
            "request_id": question.request_id,
        }
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(*statement.bind(values))
        if row is None:
            return None
        body = row["body"]
        return Answer(
            None if body is None else body.encode(),
            row["read_at"],
            row["changed_at"],
            row.get("has_course", True),
            row.get("has_item", True),
        )

    def _keep(self, question: Question, version: Version, answer: Answer) -> None:
        former = self._kept.pop(question, None)
        if former is not None:
            self._bytes -= _size(question, former[1])
        self._kept[question] = (version, answer)
        self._bytes += _size(question, answer)
        while self._bytes > KEPT_BYTES:
            oldest, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= _size(oldest, dropped)


def _size(question: Question, answer: Answer) -> int:
    """How many bytes an answer takes, compressed too. Clients choose the code, and how long it is."""
    return _ANSWER_BYTES + sys.getsizeof(question.code) + 2 * len(answer.body or b"")
