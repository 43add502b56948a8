"""`dcs-mirror status`."""

import sys
from typing import TYPE_CHECKING

import typer

from dcs_mirror.cli.running import prepared, print_json, run
from dcs_mirror.cli.sync import AsJson

if TYPE_CHECKING:
    from dcs_mirror.store.status import Status


def status(*, json: AsJson = False) -> None:
    """Show every institution: its academic year, how fresh it is, and how its last sync ended."""
    from dcs_mirror.store import database, migrate  # noqa: PLC0415 - `--help` must not wait for them
    from dcs_mirror.store import status as standing  # noqa: PLC0415

    settings, url = prepared()

    async def read() -> "Status":
        async with database.connected(url) as connection:
            if await migrate.state(connection) is migrate.SchemaState.EMPTY:
                return {"institutions": [], "last_run": None}
            await migrate.require_current(connection)
            return await standing.read(connection, now=settings.clock().now())

    found = run(read)
    if json:
        print_json(found)
    elif not found["institutions"]:
        typer.echo("nothing is mirrored yet: run `dcs-mirror sync`")
    else:
        _print_table(found)


def _print_table(found: "Status") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("HEI", "institution", "year", "age", "last sync", "courses", "items", "open flags"):
        table.add_column(
            heading, justify="left" if heading in {"institution", "year", "last sync"} else "right"
        )
    for row in found["institutions"]:
        table.add_row(
            str(row["hei_id"]),
            row["name"] or "",
            row["academic_year"] or "",
            _age(row["age_seconds"]),
            (row["last_sync_outcome"] or "") if row["subscribed"] else "unsubscribed",
            str(row["courses"]),
            str(row["content_items"]),
            str(row["open_flags"]),
        )
    width = None if sys.stdout.isatty() else 160
    Console(width=width, markup=False, highlight=False).print(table)
    last = found["last_run"]
    if last is not None:
        ending = last["outcome"] or "not finished"
        typer.echo(f"\nlast run: {last['run_id']} ({last['kind']}), {ending}" + _reason(last["error"]))


def _reason(error: object) -> str:
    return f": {error}" if error else ""


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
