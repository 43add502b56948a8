"""`dcs-mirror purge`."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_HEI_ID, AsJson, HeiId, print_json
from dcs_mirror.errors import SettingsError
from dcs_mirror.plain_text import counted, one_line

if TYPE_CHECKING:
    from dcs_mirror.reconcile.purge import PurgePreview


def purge(
    hei: HeiId,
    *,
    yes_delete: Annotated[
        int | None,
        typer.Option(
            metavar="HEI",
            min=1,
            max=LARGEST_HEI_ID,
            help="The institution's id again, to confirm without being asked; for scripts.",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Permanently delete an institution with its whole history from the mirror.

    For an institution that withdraws its data. Deletes its rows from every table
    of the mirror: courses, content items, request ids of all years, status
    changes, flags and the change feed. Columns that are registered for this
    institution only are unregistered. A run remains that records how many rows
    were deleted.
    Tables of other systems are not touched. Needs the database role that runs
    migrations.

    An institution that has only left the DCS needs no purge: a sync marks it as
    unsubscribed and keeps its rows.

    Example: dcs-mirror purge 108
    """
    from dcs_mirror.reconcile import purge as purging

    doomed = with_mirror(lambda connection, _: purging.preview(connection, hei))
    confirmation = _ask_for_id(doomed) if yes_delete is None else str(yes_delete)
    if confirmation != str(hei):
        raise SettingsError(f"the confirmation is not {hei}: nothing was deleted")
    purged = with_mirror(
        lambda connection, settings: purging.purge(connection, hei, now=settings.clock().now())
    )
    if json:
        print_json(asdict(purged))
    else:
        for table, rows in purged.deleted.items():
            typer.echo(f"{rows} {table}")
    typer.echo(
        f"institution {hei} is deleted, recorded as run {purged.run_id}; "
        "if the DCS still lists it, the next sync mirrors it again under new keys",
        err=True,
    )


def _ask_for_id(doomed: "PurgePreview") -> str:
    """Ask the user to type the institution's id and return it; empty if there is no input."""
    typer.echo(
        f"This deletes institution {doomed.hei_id} ({one_line(doomed.name or 'no name')}): "
        f"{counted(doomed.courses, 'course')}, {counted(doomed.content_items, 'content item')}, "
        "all their request ids and all history.\n"
        "Type its id to continue: ",
        err=True,
        nl=False,
    )
    return sys.stdin.readline().strip()
