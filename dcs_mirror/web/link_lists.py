"""Lists of links: checked one at a time, for programs and for people, within the same limits."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from dcs_mirror.beside import in_thread
from dcs_mirror.csv_text import write_rows
from dcs_mirror.database.connections import Pool
from dcs_mirror.links import check
from dcs_mirror.links.check import Link
from dcs_mirror.links.file import LinkFile
from dcs_mirror.links.table import with_answers
from dcs_mirror.web.identity import TooOften
from dcs_mirror.web.problems import TooLarge

LARGEST = 16 * 2**20
"""Bytes of a list."""
MOST_LINKS = 150_000
BODY_SECONDS = 10.0
LEAST_RATE = 64 * 1024
"""How long a list may take to come, and how many bytes of it allow it a further second."""
MOST_WAITING = 5
"""One list is checked at a time, and others wait."""
MOST_COMING = 32
"""Lists of all accounts that come, wait or are checked at once: they are kept in memory."""
MOST_OF_ACCOUNT = 3
"""Lists of one account that come, wait or are checked at once."""
AGAIN_SECONDS = 10.0

Asked: TypeAlias = tuple[LinkFile, Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A list, and what the mirror knows of each of its links."""

    listed: LinkFile
    links: Sequence[Link]

    @property
    def charset(self) -> str:
        """The encoding of the list, and so of its CSV, as Content-Type names it."""
        encoding = self.listed.encoding
        return {"utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(encoding, encoding)

    def as_csv(self) -> bytes:
        """Return the list as CSV, with the answers in further columns."""
        text = io.StringIO()
        write_rows(text, with_answers(self.listed, self.links), separator=self.listed.separator)
        return text.getvalue().encode(self.listed.encoding, "replace")


class LinkLists:
    """Checks lists of links.

    Args:
        pool: connections that only read.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._of_account: Counter[str] = Counter()

    @contextmanager
    def coming(self, account: str) -> Iterator[None]:
        """Count a list of an account, from its first byte on: slow ones must not hold up those of others.

        Raises:
            TooOften: if the account or all together have too many, or too many lists wait.
        """
        if self._of_account[account] >= MOST_OF_ACCOUNT or self._of_account.total() >= MOST_COMING:
            raise TooOften(AGAIN_SECONDS)
        self._check_places()
        self._of_account[account] += 1
        try:
            yield
        finally:
            self._of_account[account] -= 1
            if not self._of_account[account]:
                del self._of_account[account]

    @asynccontextmanager
    async def checked(
        self, read: Callable[[], Asked], *, hei_id: int | None, scope: Collection[int] | None
    ) -> AsyncIterator[Checked]:
        """Wait for the turn of a list that has come whole, and hold it during the block.

        Args:
            read: makes of what came the list and its links with the numbers of their lines; it runs beside
                other requests.
            hei_id: only search this institution's items.
            scope: the institutions that may be seen; None for all.

        Raises:
            SettingsError: if the list cannot be read.
            TooLarge: if it has too many lines.
            TooOften: if too many wait.
        """
        self._check_places()
        self._waiting += 1
        try:
            async with self._turn:
                listed, links = await in_thread(read)
                if len(listed.rows) > MOST_LINKS:
                    raise TooLarge(f"the list may have {MOST_LINKS:,} lines")
                yield Checked(listed, await self._found(links, hei_id, scope))
        finally:
            self._waiting -= 1

    def _check_places(self) -> None:
        if self._waiting >= MOST_WAITING:
            raise TooOften(AGAIN_SECONDS)

    async def _found(
        self, links: Sequence[tuple[int, str]], hei_id: int | None, scope: Collection[int] | None
    ) -> list[Link]:
        async with self._pool.acquire() as connection:
            return await check.check(
                connection,
                [text for _, text in links],
                hei_id=hei_id,
                scope=scope,
                lines=[line for line, _ in links],
            )
