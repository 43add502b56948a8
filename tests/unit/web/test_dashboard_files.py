"""Files of tables: what a cell holds, and that a part is never taken for the whole."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from dcs_mirror.database.connections import Connection
from dcs_mirror.database.sql import Statement
from dcs_mirror.schema import search
from dcs_mirror.web.dashboard import exchange, tables
from dcs_mirror.web.dashboard.pages import items
from dcs_mirror.web.dashboard.site import Visit
from dcs_mirror.web.dashboard.tables import Column, Download, Table
from dcs_mirror.web.dashboard.wording import field, one_of, why_not

TABLE = Table(
    "t",
    "T",
    (
        Column("title", "Title", words=field),
        Column("seen_at", "Seen", "moment"),
        Column("day", "Day", "date"),
        Column("opens", "Opens", "yes-no"),
        Column("why_not", "Why not", words=why_not),
        Column("kind", "Kind", words=one_of({"a": "the first"})),
        Column("number", "Number", "number"),
    ),
    "title",
)
DOWNLOAD = Download(TABLE, Statement("t", "SELECT 1", (), {}, (), ()), {})
SUMMER = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)


class _Rows:
    """A connection whose cursor has some rows."""

    def __init__(self, *rows: dict[str, object]) -> None:
        self.rows = rows

    async def cursor(
        self, _query: str, *_arguments: object, prefetch: int
    ) -> AsyncIterator[dict[str, object]]:
        assert prefetch > 0
        for row in self.rows:
            yield row


async def _file(*rows: dict[str, object]) -> list[list[str]]:
    pieces = [piece async for piece in tables.as_csv(cast("Connection", _Rows(*rows)), DOWNLOAD)]
    return list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))


async def test_a_file_has_the_words_of_the_page_and_times_as_a_spreadsheet_reads_them() -> None:
    full = {
        "title": "=request_id", "seen_at": SUMMER, "day": SUMMER, "opens": False, "why_not": "pending",
        "kind": "a", "number": 0,
    }  # fmt: skip
    empty = dict.fromkeys(full)
    heading, first, second, third = await _file(full, empty, {**full, "opens": True, "kind": "b"})
    assert heading == ["title", "seen_at (UK time)", "day", "opens", "why_not", "kind", "number"]
    waits = "it is pending: its licence is being checked"
    assert first == ["'=request id", "2026-07-01 00:30:00", "2026-07-01", "no", waits, "the first", "0"]
    assert second == [""] * 7
    assert (third[3], third[5]) == ("yes", "b")


async def test_a_file_of_a_search_in_all_institutions_collects_no_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half a million items may have a word: the statement of the file looks for it itself."""
    asked: list[str] = []

    class Asks:
        connection = None
        asked = tables.Asked("/items", {"download": "items"})

        def text(self, _: str) -> None:
            return None

        async def rows(self, statement: str, **_: object) -> list[object]:
            asked.append(statement)
            return []

    async def look(_: object) -> SimpleNamespace:
        return SimpleNamespace(is_ready=True)

    monkeypatch.setattr(search, "look", look)
    found = await items._search(cast("Visit", Asks()), None, "contract", None)
    assert found is not None
    assert asked == ["identified"]
    assert (found.values["words"], found.values["item_keys"]) == ("contract", None)


async def test_a_file_that_cannot_be_read_to_its_end_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pieces(_connection: Connection, _download: Download) -> AsyncIterator[bytes]:
        yield b"title\r\n"
        yield b"one\r\n"
        raise ConnectionError

    async def answer(request: web.Request) -> web.StreamResponse:
        # As the site does with every error.
        try:
            return await exchange.sent(request, cast("Connection", None), DOWNLOAD)
        except ConnectionError:
            return web.Response(status=500, text="<h1>failed</h1>")

    monkeypatch.setattr(tables, "as_csv", pieces)
    application = web.Application()
    application.router.add_get("/", answer)
    async with TestClient(TestServer(application)) as client, client.get("/") as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
