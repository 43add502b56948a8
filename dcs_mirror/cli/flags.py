"""`dcs-mirror flags`: items that the August recheck took away."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_ID, AsJson, OnlyHei, print_csv, print_flags, print_json

if TYPE_CHECKING:
    from dcs_mirror.downstream.flags import Flag

app = App()


@app.callback(invoke_without_command=True)
def flags(
    context: typer.Context,
    *,
    hei: OnlyHei = None,
    year: Annotated[
        int | None,
        typer.Option(
            metavar="Y", min=1900, max=2999, help="Only the licence year that begins in August of year Y."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also show resolved flags.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    json: AsJson = False,
) -> None:
    """Show the items that the August licence recheck took away.

    These are items that went from Active to Pending, and Active items that the
    licence no longer covers. A flag resolves itself when its item is Active
    again, archived, deleted, rejected or removed.

    Example: dcs-mirror flags --year 2026 --csv > flags.csv
    """
    if context.invoked_subcommand is not None:
        return
    from dcs_mirror.downstream import flags as stored

    if as_csv and json:
        raise typer.BadParameter("give --csv or --json, not both")
    found: list[Flag] = with_mirror(
        lambda connection, _: stored.listed(connection, hei_id=hei, year=year, resolved=everything), hei=hei
    )
    if json:
        print_json([asdict(flag) for flag in found])
    elif as_csv:
        names = (field.name for field in fields(stored.Flag))
        print_csv(names, (asdict(flag).values() for flag in found))
    elif found:
        print_flags(found)
    else:
        typer.echo("no flags" if everything else "no open flags")


@app.command()
def ack(
    flag_id: Annotated[
        int,
        typer.Argument(
            metavar="FLAG_ID",
            min=1,
            max=LARGEST_ID,
            help="The flag's number.",
        ),
    ],
    *,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is being done about the item.")],
) -> None:
    """Acknowledge a flag with a note. The flag stays open until its item changes.

    Example: dcs-mirror flags ack 12 --note 'asked the publisher'
    """
    from dcs_mirror.downstream import flags as stored

    with_mirror(
        lambda connection, settings: stored.acknowledge(
            connection, flag_id, note=note, now=settings.clock().now()
        )
    )
