"""What aXcelerate does not call a success is not journalled as made, and its details are kept (A6)."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from dcs_mirror.database.connections import Connection
from tests.support.axcelerate import HEADING
from tests.support.command import CommandLine, command_line

DETAILS = '{"DATA": "", "ERROR": true, "MESSAGES": "Invalid value", "CODE": "0", "DETAILS": "competent: 21"}'
SHOWN = (
    '[{"TYPE": "p", "CONTACTID": 1, "INSTANCEID": 2, "ACTIVITIES":'
    ' [{"TYPE": "s", "ID": 3, "INSTANCEID": 4, "OUTCOMECODE": "%s"}]}]'
)


@asynccontextmanager
async def answering(
    folder: Path, database: str, put: Callable[[], web.Response], outcome: str = "85"
) -> AsyncIterator[tuple[CommandLine, list[str]]]:
    """A command line that reaches a server which answers updates with ``put``; the verbs of its calls."""
    verbs: list[str] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        verbs.append(request.method)
        return put() if request.method == "PUT" else web.Response(text=SHOWN % outcome)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    command = command_line(folder, database=database).but(
        AXCELERATE_URL=f"http://127.0.0.1:{runner.addresses[0][1]}/api",
        AXCELERATE_API_TOKEN="sandbox",
        AXCELERATE_WS_TOKEN="sandbox",
        AXCELERATE_RATE="0",
    )
    (folder / "units.csv").write_text(f"{HEADING}\n1,2,3,20,,\n")
    try:
        yield command, verbs
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (DETAILS, "Invalid value (competent: 21)"),
        (f"[{DETAILS}]", "Invalid value (competent: 21)"),
        ('{"SUCCESS": false, "MESSAGE": "Locked", "DETAILS": {"unit": 3}}', 'Locked ({"unit": 3})'),
        ("false", "does not say that it was made"),
        ('"You may not do this"', "You may not do this"),
    ],
)
async def test_a6_what_is_no_success_is_refused_and_told_with_its_details(
    body: str, said: str, tmp_path: Path, database: str, connection: Connection
) -> None:
    async with answering(tmp_path, database, lambda: web.Response(text=body)) as (command, verbs):
        finished = await command("axcelerate", "update-units", "units.csv", "--json")
        (row,) = finished.json["rows"]
        assert (finished.code, row["outcome"], said in row["error"]) == (1, "refused", True), row
        kept = await connection.fetchrow("SELECT state, error FROM dcs_mirror.unit_update")
        assert kept is not None
        assert (kept["state"], kept["error"]) == ("refused", row["error"])
        assert verbs == ["PUT"]


async def test_a6_an_empty_answer_is_looked_into(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    """A6: 200 without a body says nothing, so the enrolment is read; 204 says that it was made."""
    update = ("axcelerate", "update-units", "units.csv", "--json", "--again")
    for outcome, status, made, calls in (("20", 200, "applied", 2), ("85", 204, "applied", 1)):
        answer = lambda status=status: web.Response(status=status)  # noqa: E731
        async with answering(tmp_path, database, answer, outcome) as (command, verbs):
            finished = await command(*update)
            assert (finished.code, finished.json["outcomes"], len(verbs)) == (0, {made: 1}, calls)
