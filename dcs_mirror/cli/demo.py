"""`dcs-mirror demo`: a year in the life of the mirror, on the embedded database and the sandbox."""

import os
import shlex
import shutil
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcs_mirror.cli import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from dcs_mirror.database.connections import Connection
    from dcs_mirror.sandbox import RunningSandbox
    from dcs_mirror.settings import Settings

DATABASE = "dcs_demo"

READING_LIST = """
CREATE TABLE public.reading_list AS
SELECT hei_id, course_code, left(title, 32) AS title, request_id
FROM dcs.content_item
WHERE is_openable
"""
OUT_OF_DATE = """
SELECT count(*) AS rows, count(*) FILTER (WHERE i.item_key IS NULL) AS out_of_date
FROM public.reading_list AS r
LEFT JOIN dcs.content_item AS i USING (hei_id, request_id)
"""
OPEN_LINKS = """
SELECT course_code, left(title, 32) AS title, request_id, left(content_url, 44) AS content_url
FROM dcs.content_item
WHERE hei_id = $1 AND is_openable
ORDER BY course_code, item_key
LIMIT 3
"""
FEED = """
SELECT entity, kind, count(*)
FROM dcs.change
WHERE change_id > $1
GROUP BY entity, kind
ORDER BY entity, kind
"""
STOPPED = """
SELECT request_id, from_status, to_status, last_seen_at::date AS after, observed_at::date AS by
FROM dcs.status_change
WHERE from_status = 'Active' AND to_status = 'Pending'
ORDER BY status_change_id DESC
LIMIT 3
"""


def demo(
    *,
    institutions: Annotated[int, typer.Option(min=2, help="Institutions of the emulated DCS.")] = 5,
    courses: Annotated[int, typer.Option(min=5, help="Courses in each institution.")] = 80,
    serve: Annotated[bool, typer.Option("--serve", help="Then keep the dashboard up, until Ctrl-C.")] = False,
) -> None:
    """Show a year of the mirror on the embedded database and an emulated DCS. Needs no credentials.

    Mirrors some thousand items, registers a reading list, runs the June rollover
    and the August recheck, and shows typical SQL of downstream systems. It uses a
    database of its own, dcs_demo, which every run replaces. With --serve you can
    then look at it in a browser.

    Examples:
    dcs-mirror demo
    dcs-mirror demo --serve
    """
    from dcs_mirror import settings as configuration
    from dcs_mirror.cli.program import run, set_up_log
    from dcs_mirror.embedded.locate import embedded_server

    set_up_log()
    settings = configuration.load(database_url=None, now=None, recheck_days=14)
    console = terminal.console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    server = embedded_server(settings.data_dir)
    server.start(lasting=False)
    server.hold()
    try:
        run(lambda: _make_database(server.url("postgres")))
        run(lambda: _play(_Story(console, settings, server.url(DATABASE)), institutions, courses))
        if serve:
            _serve(console, settings, server.url(DATABASE))
    finally:
        server.stop_if_unused()
    console.print(
        f"\nSee it in a browser, at http://{settings.bind}/ until Ctrl-C:\n    {_program()} demo --serve\n"
        f"Explore the database that the demo created:\n    {_program()} db psql --database {DATABASE}\n"
        f"Its address, for a psql or a driver of your own:\n    {_program()} db url --database {DATABASE}\n"
        f"Mirror the real DCS, or a sandbox of your own (dcs-mirror sandbox):\n    {_program()} sync"
    )


def _serve(console: "Console", settings: "Settings", url: str) -> None:
    """Keep the service up over what the demo made, until it is told to stop."""
    from contextlib import suppress

    from dcs_mirror.cli.program import run
    from dcs_mirror.clock import UK
    from dcs_mirror.errors import Interrupted
    from dcs_mirror.web import service

    def ready(place: object) -> None:
        program = _program()
        console.print(
            f"\nThe dashboard is at http://{place}/ until you press Ctrl-C. "
            "To tick flags off in it, add an account, and sign in:\n"
            f'    DCS_DATABASE_URL="$({program} db url --database {DATABASE})" \\\n'
            f"    {program} accounts add me --may acknowledge"
        )

    # The morning after the last night, so that ages are as they would be.
    settings = settings.model_copy(update={"now": datetime(2026, 8, 6, 9, tzinfo=UK), "api_username": None})
    with suppress(Interrupted):
        run(lambda: service.run(settings, url, ready))


def _program() -> str:
    """Return the shell command that runs this program again with the same data folder."""
    data_dir = os.environ.get("DCS_DATA_DIR")
    installed = Path(sys.executable).with_name("dcs-mirror")
    is_on_path = shutil.which("dcs-mirror") or not installed.exists()
    command = "dcs-mirror" if is_on_path else os.path.relpath(installed)
    return (f"DCS_DATA_DIR={shlex.quote(data_dir)} " if data_dir else "") + shlex.quote(command)


async def _make_database(maintenance: str) -> None:
    """Create the demo's database anew, through the server's maintenance database."""
    from dcs_mirror.database import connections

    async with connections.connect(maintenance) as connection:
        await connection.execute("DROP DATABASE IF EXISTS dcs_demo WITH (FORCE)")
        await connection.execute("CREATE DATABASE dcs_demo")


async def _play(story: "_Story", institutions: int, courses: int) -> None:
    """Run the demo's scenes."""
    from dcs_mirror.database import connections
    from dcs_mirror.downstream import targets
    from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
    from dcs_mirror.schema import migrate

    await migrate.migrate(story.url)
    world = build_world(Sizes(institutions, courses, items=8), seed=2019)
    async with running_sandbox(world, latency=0.005) as sandbox, connections.connect(story.url) as connection:
        story.sandbox, story.connection = sandbox, connection
        first, second = list(world.institutions)[:2]
        story.scene(f"An embedded PostgreSQL, database {DATABASE}, and an emulated DCS at {sandbox.base_url}")

        story.scene("20 May, the first night: everything is new")
        await story.night(5, 20)
        story.say("A reading-list system shows the links that students can open:")
        await story.ask(OPEN_LINKS, first)

        story.scene("It stores request ids in a table of its own, and registers the column")
        await connection.execute(READING_LIST)
        await targets.add(
            connection, "reading_list", "request_id", hei_column="hei_id", now=story.instant(5, 20)
        )
        story.say("dcs-mirror targets add reading_list request_id --hei-column hei_id")

        story.scene("21 May, the second night: only what changed is written")
        cursor = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
        edits = (await story.control("random-edits", count=150, seed=42))["edits"]
        counts = Counter(str(edit["did"]).replace("_", " ") for edit in edits)
        story.say("upstream: " + ", ".join(f"{count} x {what}" for what, count in counts.most_common()))
        await story.night(5, 21)
        story.say("A dashboard reads the change feed from where it stopped:")
        await story.ask(FEED, cursor)

        old = await connection.fetchval(
            "SELECT request_id FROM dcs.content_item WHERE hei_id = $1 AND is_openable"
            " ORDER BY item_key LIMIT 1",
            first,
        )
        for hei_id, day, without in ((first, 9, 0.1), (second, 12, 0.0)):
            story.scene(
                f"{day} June: institution {hei_id} starts its next year; every request id is replaced"
            )
            await story.control("rollover", hei=hei_id, without_previous_id=without, new_course_ids=True)
            await story.night(6, day)
            story.say("The reading list was rewritten in the same transaction:")
            await story.ask(OUT_OF_DATE)
        story.say(f"A link from May holds request id {old}; today's id is:")
        await story.ask("SELECT dcs.current_request_id($1)", old)

        story.scene("4 August: the licence recheck takes items away")
        await story.night(8, 1)
        await story.control("recheck", hei=first, kind="pending", share=0.01, seed=8)
        await story.night(8, 4)
        await story.flags()
        story.say("A VLE plug-in queries which links stopped working, and when:")
        await story.ask(STOPPED)

        story.scene("6 August: a librarian reinstates one; its flag resolves itself")
        flagged = await connection.fetchrow("SELECT hei_id, request_id FROM dcs.recheck_flag LIMIT 1")
        if flagged is not None:
            change = {"content-status": "Active"}
            await story.control("edit", hei=flagged["hei_id"], request_id=flagged["request_id"], set=change)
        await story.night(8, 6)
        await story.flags()


class _Story:
    """The demo's narrator: runs syncs at given dates, and prints headings, texts and queries with results."""

    sandbox: "RunningSandbox"
    connection: "Connection"

    def __init__(self, console: "Console", settings: "Settings", url: str) -> None:
        self.url = url
        self._console = console
        self._settings = settings
        self._scenes = 0

    def scene(self, heading: str) -> None:
        """Print a numbered heading."""
        self._scenes += 1
        self._console.print(f"\n[bold]{self._scenes}. {heading}[/]")

    def say(self, text: str) -> None:
        """Print a line of text."""
        self._console.print(f"   {text}", markup=False)

    def instant(self, month: int, day: int) -> datetime:
        """Return 02:00 in London on a day of 2026."""
        from dcs_mirror.clock import UK

        return datetime(2026, month, day, 2, tzinfo=UK)

    async def night(self, month: int, day: int) -> None:
        """Run the nightly sync of a day and print its summary."""
        from pydantic import SecretStr

        from dcs_mirror.cli.progress import shown
        from dcs_mirror.cli.report import summary
        from dcs_mirror.sandbox import DEFAULT_CREDENTIALS
        from dcs_mirror.sync import mirror

        settings = self._settings.model_copy(
            update={
                "api_url": self.sandbox.base_url,
                "api_username": DEFAULT_CREDENTIALS.username,
                "api_password": SecretStr(DEFAULT_CREDENTIALS.password),
                "now": self.instant(month, day),
            }
        )
        with shown() as progress:
            async with mirror.open_mirror(settings, self.url) as opened:
                report = await opened.sync(progress)
        for line in summary(report).splitlines():
            self.say(line)
        if report.error is not None:
            raise report.error

    async def control(self, name: str, **body: object) -> Any:
        """Change the emulated DCS through its control endpoint ``name``; return the response."""
        import aiohttp

        async with aiohttp.ClientSession() as session:
            url = f"{self.sandbox.control_url}/{name}"
            async with session.post(url, json=body, raise_for_status=True) as response:
                return await response.json()

    async def ask(self, query: str, *values: int) -> None:
        """Print a query with its values filled in, and its result as a table."""
        from rich.table import Table

        shown = query.strip()
        for number, value in enumerate(values, start=1):
            shown = shown.replace(f"${number}", str(value))
        for line in shown.splitlines():
            self._console.print(f"       {line}", style="cyan", markup=False)
        rows = await self.connection.fetch(query, *values)
        table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
        for column in rows[0].keys() if rows else ["(no rows)"]:
            table.add_column(column, no_wrap=True)
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        from rich.padding import Padding

        self._console.print(Padding(table, (0, 0, 0, 7)))

    async def flags(self) -> None:
        """Print the open flags as `dcs-mirror flags` does."""
        from dcs_mirror.cli.report import print_flags
        from dcs_mirror.downstream import flags

        self.say("dcs-mirror flags")
        found = await flags.listed(self.connection)
        if found:
            print_flags(found)
        else:
            self.say("no open flags")
