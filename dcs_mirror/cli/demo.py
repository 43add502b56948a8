"""`dcs-mirror demo`: the whole story on the embedded database and the sandbox."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import asyncpg
    from rich.console import Console

    from dcs_mirror.sandbox import RunningSandbox
    from dcs_mirror.settings import Settings

DATABASE = "dcs_demo"

# What downstream systems ask: a heading, and the query to show and run; only numbers are filled in.
QUERIES = (
    (
        "A reading-list system shows the links that students can open now:",
        """SELECT course_code, left(title, 40) AS title, request_id, content_url
FROM dcs.content_item
WHERE hei_id = {hei_id} AND content_status = 'Active' AND removed_at IS NULL
ORDER BY course_code, item_key
LIMIT 4""",
    ),
    (
        "It stored a request id last year; the June rollover replaced it. Today's id:",
        """SELECT {old_id} AS stored, dcs.current_request_id({old_id}) AS today""",
    ),
    (
        "A library dashboard asks what changed since it last looked:",
        """SELECT entity, kind, count(*)
FROM dcs.change
WHERE change_id > {cursor}
GROUP BY entity, kind
ORDER BY entity, kind""",
    ),
    (
        "A VLE plug-in looks for links that stopped working, and since when:",
        """SELECT request_id, from_status, to_status, observed_at
FROM dcs.status_change
WHERE from_status = 'Active' AND to_status <> 'Active'
ORDER BY status_change_id
LIMIT 4""",
    ),
)


def demo(
    *,
    institutions: Annotated[int, typer.Option(min=1, help="Institutions of the emulated DCS.")] = 5,
    courses: Annotated[int, typer.Option(min=5, help="Courses in each of them.")] = 80,
) -> None:
    """Tell the whole story, on the embedded database and an emulated DCS; no credentials needed.

    Mirrors some thousand items, changes them upstream, mirrors again, and runs the kind of SQL that
    downstream systems run. It works in a database of its own, dcs_demo, made anew every time.
    """
    from rich.console import Console  # noqa: PLC0415 - `--help` must not wait for these

    from dcs_mirror import settings as configuration  # noqa: PLC0415
    from dcs_mirror.cli.running import run, set_up_log  # noqa: PLC0415
    from dcs_mirror.store.location import embedded_server  # noqa: PLC0415

    set_up_log()
    settings = configuration.load(database_url=None, now=None)
    console = Console(highlight=False)
    server = embedded_server(settings.data_dir)
    was_running = server.is_running()
    console.print(f"[bold]1.[/] An embedded PostgreSQL in {settings.data_dir}, database {DATABASE}")
    server.start()
    try:
        run(
            lambda: _tell(
                console, settings, server.url("postgres"), server.url(DATABASE), institutions, courses
            )
        )
    finally:
        if not was_running:
            server.stop()
    console.print(
        "\nLook around in what the demo made:\n"
        f"    dcs-mirror db psql --database {DATABASE}\n"
        "Mirror the real DCS, or a sandbox of your own (dcs-mirror sandbox):\n"
        "    dcs-mirror sync"
    )


async def _tell(
    console: "Console", settings: "Settings", maintenance: str, url: str, institutions: int, courses: int
) -> None:
    from dcs_mirror.sandbox import Sizes, build_world, running_sandbox  # noqa: PLC0415
    from dcs_mirror.store import database, migrate  # noqa: PLC0415

    async with database.connected(maintenance) as connection:
        await connection.execute("DROP DATABASE IF EXISTS dcs_demo WITH (FORCE)")
        await connection.execute("CREATE DATABASE dcs_demo")
    await migrate.migrate(url)
    console.print("   migrated: views and functions in schema dcs, for the role dcs_reader\n")
    world = build_world(Sizes(institutions, courses, items=8), seed=2019)
    async with running_sandbox(world, latency=0.005) as sandbox, database.connected(url) as connection:
        console.print(f"[bold]2.[/] An emulated DCS at {sandbox.base_url}\n")
        await _night(console, "[bold]3.[/] The first night: everything is new", settings, sandbox, url)
        cursor = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
        done = await _edit(sandbox)
        console.print(f"[bold]4.[/] A day passes upstream: {done}\n")
        await _night(
            console, "[bold]5.[/] The second night: only what changed is written", settings, sandbox, url
        )
        console.print("[bold]6.[/] What downstream systems ask, in plain SQL\n")
        old = await connection.fetchrow(
            "SELECT hei_id, old_request_id FROM dcs.request_id_history ORDER BY old_request_id LIMIT 1"
        )
        assert old is not None  # noqa: S101 - the sandbox's world has items of earlier years
        for heading, query in QUERIES:
            asked = query.format(hei_id=old["hei_id"], old_id=old["old_request_id"], cursor=cursor)
            _show(console, heading, asked, await connection.fetch(asked))


async def _night(
    console: "Console", heading: str, settings: "Settings", sandbox: "RunningSandbox", url: str
) -> None:
    from pydantic import SecretStr  # noqa: PLC0415

    from dcs_mirror import mirror  # noqa: PLC0415
    from dcs_mirror.cli.progress import shown  # noqa: PLC0415
    from dcs_mirror.cli.sync import summary  # noqa: PLC0415

    console.print(heading)
    at_sandbox = settings.model_copy(
        update={"api_url": sandbox.base_url, "api_username": "sandbox", "api_password": SecretStr("sandbox")}
    )
    with shown() as progress:
        report = await mirror.sync(at_sandbox, url, progress)
    console.print(f"   {summary(report)}\n", markup=False)
    if report.error is not None:
        raise report.error


async def _edit(sandbox: "RunningSandbox") -> str:
    """Changes the world by the sandbox's control endpoints; returns what was done, in words."""
    import aiohttp  # noqa: PLC0415

    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.control_url}/random-edits"
        async with session.post(url, json={"count": 150, "seed": 42}) as response:
            edits = (await response.json())["edits"]
    counts = Counter(str(edit["did"]).replace("_", " ") for edit in edits)
    return ", ".join(f"{count} x {what}" for what, count in sorted(counts.items()))


def _show(console: "Console", heading: str, query: str, rows: "list[asyncpg.Record]") -> None:
    from rich.table import Table  # noqa: PLC0415

    console.print(heading)
    console.print("\n".join(f"    {line}" for line in query.splitlines()), style="cyan", markup=False)
    table = Table(box=None, padding=(0, 2, 0, 4), header_style="bold")
    for column in rows[0].keys() if rows else ():
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table, markup=False) if rows else console.print("    (no rows)")
    console.print()
