"""`dcs-mirror status`."""

from typing import TYPE_CHECKING

import typer

from dcs_mirror.cli.program import load_settings, run
from dcs_mirror.cli.report import AsJson, print_json
from dcs_mirror.cli.tables import print_table
from dcs_mirror.plain_text import counted, lasting, one_line

if TYPE_CHECKING:
    from dcs_mirror.store.status import Status


def status(*, json: AsJson = False) -> None:
    """Show every institution: its academic year, the age of its data, and the outcome of its last sync.

    Also shows the last run, and which database it looks at. Makes no database.

    Example: dcs-mirror status --json
    """
    from dcs_mirror.database import connections
    from dcs_mirror.embedded import locate
    from dcs_mirror.schema import migrate, rights
    from dcs_mirror.store import status as standing

    settings = load_settings()
    place = locate.place(settings)

    async def read() -> "Status":
        async with connections.connect(url) as connection:
            await rights.require_access(connection)
            if await migrate.schema_state(connection) is migrate.SchemaState.EMPTY:
                return nothing
            await migrate.require_current(connection)
            return await standing.read(connection, now=settings.clock().now())

    nothing: Status = {"institutions": [], "last_run": None}
    try:
        url = locate.existing_url(settings)
    except locate.NoDatabase:
        found = nothing
    else:
        found = run(read)
    if json:
        print_json({**found, "database": place})
    elif not found["institutions"]:
        typer.echo(f"nothing is mirrored yet in {place}: run `dcs-mirror sync`")
    else:
        _print(found)
        typer.echo(one_line(f"database: {place}"))


def _print(found: "Status") -> None:
    names = ("HEI", "institution", "year", "age", "last sync", "courses", "items", "open flags")
    texts = {"institution", "year", "last sync"}
    rows = [
        [
            str(row["hei_id"]),
            row["name"] or "",
            row["academic_year"] or "",
            _age(row["age_seconds"]),
            (row["last_sync_outcome"] or "") if row["subscribed"] else "unsubscribed",
            str(row["courses"]),
            str(row["content_items"]),
            str(row["open_flags"]),
        ]
        for row in found["institutions"]
    ]
    print_table({name: "left" if name in texts else "right" for name in names}, rows)
    last = found["last_run"]
    if last is not None:
        ended = counted(int(str(last["institutions_ended"])), "institution")
        outcome = last["outcome"] or f"in progress, or killed: {ended} so far"
        typer.echo(f"\nlast run: {last['run_id']} ({last['kind']}), {outcome}" + _reason(last["error"]))


def _reason(error: object) -> str:
    return f": {one_line(str(error))}" if error else ""


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else lasting(seconds)
