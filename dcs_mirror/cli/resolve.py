"""`dcs-mirror resolve`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_HEI_ID, LARGEST_ID, AsJson, print_json

if TYPE_CHECKING:
    from dcs_mirror.downstream.ids import Resolved


def resolve(
    request_id: Annotated[
        list[int],
        typer.Argument(
            metavar="ID",
            min=1,
            max=LARGEST_ID,
            help="Request ids from any year.",
        ),
    ],
    *,
    hei: Annotated[
        int | None,
        typer.Option(
            metavar="ID",
            min=1,
            max=LARGEST_HEI_ID,
            help="Only search this institution's ids.",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Show the current request id for request ids from any year.

    Says so if the item was removed or its link cannot be opened. Exit code 1 if
    the mirror has never seen one of the ids. In SQL: SELECT
    dcs.current_request_id(187698)

    Example: dcs-mirror resolve 187698 2396577
    """
    from dcs_mirror.downstream import ids

    found: list[Resolved] = with_mirror(lambda connection, _: ids.resolve(connection, request_id, hei))
    if json:
        print_json([asdict(each) for each in found])
    else:
        for each in found:
            typer.echo(_line(each))
    if any(each.current_request_id is None for each in found):
        raise typer.Exit(1)


def _line(found: "Resolved") -> str:
    line = f"{found.request_id} -> {found.current_request_id or 'unknown'}"
    if found.removed_at is not None:
        return f"{line} (removed: not listed by the DCS since {found.removed_at:%Y-%m-%d %H:%M} UTC)"
    return line if found.why_not is None else f"{line} (a student cannot open it: {found.why_not})"
