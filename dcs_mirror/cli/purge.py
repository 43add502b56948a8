"""`dcs-mirror purge`."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_HEI_ID, AsJson, HeiId, print_json, printable
from dcs_mirror.errors import SettingsError

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
            help="The institution's id once more, instead of typing it when asked: for scripts.",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Delete an institution that withdraws, with its whole history; there is no way back.

    Its rows go from every table of the mirror: courses, content items, request ids of all years, status
    changes, flags, the change feed, registered columns of it alone. What remains is a run that tells how
    much was deleted. Tables of other systems are left alone. Needs the account that migrates.

    An institution that has only left the DCS needs no purge: a sync marks it as unsubscribed and keeps
    its rows.
    """
    from dcs_mirror.reconcile import purge as purging

    doomed = with_mirror(lambda connection, _: purging.preview(connection, hei))
    typed = _asked(doomed) if yes_delete is None else str(yes_delete)
    if typed != str(hei):
        raise SettingsError(f"that is not {hei}: nothing was deleted")
    purged = with_mirror(
        lambda connection, settings: purging.purge(connection, hei, now=settings.clock().now())
    )
    if json:
        print_json(asdict(purged))
    else:
        for table, rows in purged.deleted.items():
            typer.echo(f"{rows} {table}")
    typer.echo(
        f"institution {hei} is deleted, run {purged.run_id} tells of it; "
        "if the DCS still lists it, the next sync brings it back under other keys",
        err=True,
    )


def _asked(doomed: "PurgePreview") -> str:
    """What is typed when asked for the institution's id; empty where nobody is there to type."""
    typer.echo(
        f"This deletes institution {doomed.hei_id} ({printable(doomed.name or 'no name')}): "
        f"{doomed.courses} courses, "
        f"{doomed.content_items} content items, every request id of theirs and all history.\n"
        "Type its id to go on: ",
        err=True,
        nl=False,
    )
    return sys.stdin.readline().strip()
