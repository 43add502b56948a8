"""`dcs-mirror quarantine`: records of upstream's that identify nothing."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import AsJson, OnlyHei, print_json, print_table

if TYPE_CHECKING:
    from dcs_mirror.store.quarantine import QuarantinedRecord

_GLIMPSE = 60


def quarantine(
    *,
    hei: OnlyHei = None,
    everything: Annotated[
        bool, typer.Option("--all", help="What upstream has mended since, too; it is kept for a year.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the records that could not be mirrored because they identify nothing.

    Courses without an id or a code, content items without a request id, institutions without an id.
    The rest of their answer is mirrored, and nothing counts as gone meanwhile. They clear themselves
    once upstream has mended them: show them to CLA. --json has their whole text.
    """
    from dcs_mirror.store import quarantine as stored

    found: list[QuarantinedRecord] = with_mirror(
        lambda connection, _: stored.listed(connection, hei_id=hei, cleared=everything)
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
            record.raw_text if len(record.raw_text) <= _GLIMPSE else record.raw_text[:_GLIMPSE] + "…",
        ]
        for record in found
    ]
    print_table(headings, rows)


def _place(record: "QuarantinedRecord") -> str:
    if record.method == "GetInstitutions":
        return "institution list"
    if record.request_id is not None:
        return f"request {record.request_id}"
    return "course list" if record.course_code is None else f"course {record.course_code}"
