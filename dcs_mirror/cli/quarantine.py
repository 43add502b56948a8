"""`dcs-mirror quarantine`: records from the DCS without an id."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import AsJson, OnlyHei, print_json
from dcs_mirror.cli.tables import print_table

if TYPE_CHECKING:
    from dcs_mirror.store.quarantine import QuarantinedRecord

_SHOWN_CHARACTERS = 60


def quarantine(
    *,
    hei: OnlyHei = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also show records that the DCS has corrected in the last year.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the records that could not be mirrored because they lack an id.

    These are courses without an id or a code, content items without a request id,
    and institutions without an id. The rest of the answer is mirrored, and
    nothing that the answer lacks counts as removed. Report the records to CLA;
    when the DCS has corrected one, it is cleared by the next sync. --json prints
    them in full.

    Example: dcs-mirror quarantine --hei 108 --json
    """
    from dcs_mirror.store import quarantine as stored

    found: list[QuarantinedRecord] = with_mirror(
        lambda connection, _: stored.listed(connection, hei_id=hei, cleared=everything), hei=hei
    )
    if json:
        print_json([asdict(record) for record in found])
    elif found:
        _print(found)
    else:
        typer.echo("nothing is in quarantine")


def _print(found: "list[QuarantinedRecord]") -> None:
    names = ("HEI", "where", "entry", "what is wrong", "first seen", "state", "text")
    headings = {name: "right" if name in {"HEI", "entry"} else "left" for name in names}
    rows = [
        [
            str(record.hei_id or ""),
            _place(record),
            str(record.position),
            record.reason,
            f"{record.first_seen_at:%Y-%m-%d}",
            "open" if record.cleared_at is None else f"cleared {record.cleared_at:%Y-%m-%d}",
            _shortened(record.raw_text),
        ]
        for record in found
    ]
    print_table(headings, rows)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _place(record: "QuarantinedRecord") -> str:
    """Return which answer of the DCS held the record."""
    if record.method == "GetInstitutions":
        return "institution list"
    if record.request_id is not None:
        return f"request {record.request_id}"
    return "course list" if record.course_code is None else f"course {record.course_code}"
