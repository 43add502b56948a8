"""What the tests of writing to the DCS share."""

import asyncio
from pathlib import Path
from typing import Any

import dcs_mirror.store
from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import SafeToResend
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.writes.commands import SubmitRequest
from tests.support.command import CommandLine, Finished
from tests.support.control import control

BOOK = (
    *("--academic-name", "Jo Example", "--email", "jo@example.ac.uk"),
    *("--book", "--title", "Emma", "--page-range", "1-20"),
)


def request(hei: str | int, course: str | None = None, **fields: Any) -> SubmitRequest:
    """Return a request for twenty pages of a book, or what ``fields`` say instead."""
    given: dict[str, Any] = {"is_book": True, "title": "Emma", "isn": "0-14-143958-0", "page_range": "1-20"}
    return SubmitRequest(
        hei_id=int(hei),
        academic_name="Jo Example",
        email="jo@example.ac.uk",
        course_code=course,
        **given | fields,
    )


class Unwatched:
    """A call that nobody looks at."""

    async def sending(self) -> None:
        """Nothing to do."""

    def not_accepted(self, error: SafeToResend) -> None:
        """Nothing to do."""


def written(sandbox: RunningSandbox) -> int:
    """Calls of the writing methods that reached the sandbox."""
    return sum(sandbox.stats.methods[name] for name in ("SubmitRequest", "SubmitCourse", "AmendCourse"))


async def arrived(sandbox: RunningSandbox, calls: int = 1) -> None:
    """Returns once so many calls of the writing methods have reached the sandbox."""
    async with asyncio.timeout(60):
        while written(sandbox) < calls:
            await control(sandbox, "stats")


def told(finished: Finished) -> str:
    """The one line that an error is told in."""
    (line,) = [line for line in finished.err.splitlines() if line.startswith("dcs-mirror: ")]
    return line


async def unsettled(dcs_mirror: CommandLine) -> Any:
    return (await dcs_mirror("calls", "--unknown", "--json")).json


async def item_row(connection: Connection, request_id: int) -> Any:
    return await connection.fetchrow(
        "SELECT * FROM dcs.content_item WHERE request_id = dcs.current_request_id($1)", request_id
    )


_FOLLOWED = sql.load(Path(dcs_mirror.store.__file__).parent / "followed_requests.sql")


async def unfollowed(connection: Connection) -> list[Any]:
    """Submitted requests of which something else is kept than what became of them."""
    return await connection.fetch(f"""
        SELECT c.call_id, c.item_key, c.request_state, c.request_ended_at, f.item_key, f.state, f.ended_at
        FROM dcs_mirror.call AS c
        LEFT JOIN ({_FOLLOWED.text}) AS f ON f.call_id = c.call_id
        WHERE (c.item_key, c.request_state, c.request_ended_at)
              IS DISTINCT FROM (f.item_key, f.state, f.ended_at)
    """)
