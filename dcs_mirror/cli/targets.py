"""`dcs-mirror targets`: columns of downstream tables whose request ids the mirror rewrites."""

from typing import Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_HEI_ID, AsJson, print_json
from dcs_mirror.plain_text import counted, one_line

app = App(
    no_args_is_help=True,
    help="Register columns of your tables whose request ids the mirror keeps up to date.",
)

Table = Annotated[
    str,
    typer.Argument(
        metavar="TABLE", help="The table as in SQL, with its schema if not `public`, quoted if necessary."
    ),
]
Column = Annotated[str, typer.Argument(metavar="COLUMN", help="The column's plain name.")]


@app.command()
def add(
    table: Table,
    column: Column,
    *,
    hei: Annotated[
        int | None,
        typer.Option(metavar="ID", min=1, max=LARGEST_HEI_ID, help="Rewrite only ids of this institution."),
    ] = None,
    hei_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="The column that holds each row's institution id.")
    ] = None,
) -> None:
    """Register a column. From now on, whenever request ids are replaced, the same transaction rewrites it.

    The table must be in the mirror's database, and the mirror's role must be
    allowed to read and update it. `dcs-mirror reconcile` rewrites rows that
    already hold an old id.

    Triggers and rules of the table run with the rights of the mirror's role.
    They are shown and kept. What is changed afterwards is not run, but reported,
    until you have looked at it and register the column again.

    Example: dcs-mirror targets add lists.reading_list request_id \\
      --hei-column hei_id
    """
    from dcs_mirror.downstream import targets

    if hei is not None and hei_column is not None:
        raise typer.BadParameter("give --hei or --hei-column, not both")
    added = with_mirror(
        lambda connection, settings: targets.add(
            connection, table, column, hei_id=hei, hei_column=hei_column, now=settings.clock().now()
        )
    )
    owners = one_line(", ".join(added.owners))
    typer.echo(one_line(f"registered {added.table_schema}.{added.table_name}.{added.column_name}"), err=True)
    if not added.code:
        typer.echo(f"  owner {owners}; no triggers, rules or functions that would run", err=True)
        return
    typer.echo(one_line(f"  owner {owners}; with the rights of {added.role} will run:"), err=True)
    for line in added.code:
        typer.echo(one_line(f"  {line}"), err=True)


@app.command("list")
def list_(*, json: AsJson = False) -> None:
    """Show the registered columns, rows that are out of date, and ids that the mirror never saw.

    Example: dcs-mirror targets list --json
    """
    from dcs_mirror.downstream import targets

    found = with_mirror(lambda connection, _: targets.listed(connection))
    if json:
        print_json(found)
        return
    if not found:
        typer.echo("no columns are registered; see `dcs-mirror targets add --help`")
    for target in found:
        only = f", institution {target['hei_id']} only" if target["hei_id"] else ""
        typer.echo(
            f"{target['table_schema']}.{target['table_name']}.{target['column_name']}{only}: "
            f"{_rows(target['rewritten'])} rewritten last, "
            f"{_rows(target['unknown_rows'])} with ids never seen, "
            f"{_rows(target['out_of_date_rows'])} out of date"
            + (f"; {target['error']}" if target["error"] else "")
            + (f"; {target['refused']}" if target["refused"] and not target["error"] else "")
        )
        for line in target["code"]:
            typer.echo(f"  {line}")


@app.command()
def remove(table: Table, column: Column) -> None:
    """Unregister a column. Its rows stay unchanged.

    Example: dcs-mirror targets remove lists.reading_list request_id
    """
    from dcs_mirror.downstream import targets

    with_mirror(lambda connection, _: targets.remove(connection, table, column))


def _rows(count: int | None) -> str:
    """Return how many rows; None is a table that could not be read."""
    return "an unknown number of rows" if count is None else counted(count, "row")
