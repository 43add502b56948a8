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
            metavar="ID...",
            min=1,
            max=LARGEST_ID,
            help="Request ids of any year.",
        ),
    ],
    *,
    hei: Annotated[
        int | None,
        typer.Option(
            metavar="ID",
            min=1,
            max=LARGEST_HEI_ID,
            help="Look among this institution's ids only.",
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Show today's request id for request ids of any year.

    Exit code 1 where one of them was never seen. In SQL: SELECT dcs.current_request_id(187698).
    """
    from dcs_mirror.downstream import ids

    found: list[Resolved] = with_mirror(lambda connection, _: ids.resolve(connection, request_id, hei))
    if json:
        print_json([asdict(each) for each in found])
    else:
        for each in found:
            typer.echo(f"{each.request_id} -> {each.current_request_id or 'unknown'}")
    if any(each.current_request_id is None for each in found):
        raise typer.Exit(1)
