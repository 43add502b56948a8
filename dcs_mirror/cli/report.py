"""Printing shared by several commands: JSON, CSV, flags and the summary of a run."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.tables import print_table
from dcs_mirror.cli.terminal import OutputStream, unguarded_output
from dcs_mirror.csv_text import write_rows
from dcs_mirror.plain_text import counted, escaped, one_line

if TYPE_CHECKING:
    from dcs_mirror.downstream.flags import Flag
    from dcs_mirror.sync.report import Report
    from dcs_mirror.writes.service import WriteResult

LARGEST_HEI_ID = 2**31 - 1
LARGEST_ID = 2**63 - 1
"""The largest values of PostgreSQL's integer and bigint."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
HeiId = Annotated[int, typer.Argument(metavar="HEI", min=1, max=LARGEST_HEI_ID, help="The institution's id.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        help="Print nothing if all is well, and one line on standard error if it is not: for timers.",
    ),
]
OnlyHei = Annotated[
    int | None,
    typer.Option(metavar="ID", min=1, max=LARGEST_HEI_ID, help="Only this institution."),
]
OnlyHeis = Annotated[
    list[int] | None,
    typer.Option(metavar="ID", min=1, max=LARGEST_HEI_ID, help="Only this institution; may be repeated."),
]

CourseCode = Annotated[str | None, typer.Option(metavar="CODE", help="Only the course with this code.")]
RequestId = Annotated[
    int | None,
    typer.Option(metavar="ID", min=1, max=LARGEST_ID, help="Only this request, by its id from any year."),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue an interrupted sync of the last 12 hours: skip the institutions that it, or a "
        "sync that it resumed, completed. If there is none, read everything.",
    ),
]
AcceptRemovals = Annotated[
    bool,
    typer.Option(
        "--accept-removals",
        help="Apply institutions even if more rows are removed than DCS_REMOVAL_GUARD allows (C3), and "
        "accept an empty list of institutions (C4).",
    ),
]
AcceptYear = Annotated[
    bool,
    typer.Option(
        "--accept-year",
        help="Apply institutions even if their academic year is earlier than the mirror's (R7).",
    ),
]


def print_json(document: object) -> None:
    """Print one JSON document on standard output; times in ISO 8601."""
    import msgspec

    typer.echo(escaped(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()))


def summary(report: "Report") -> str:
    """Summarise a run in a few lines."""
    applied = [o for o in report.institutions if o.outcome in {"complete", "partial"}]

    def total(name: str) -> int:
        return sum(getattr(o, name) or 0 for o in applied)

    counts = [counted(total("courses"), "course"), counted(total("content_items"), "content item")]
    counts += [f"{total(name):,} {name}" for name in ("added", "changed", "removed", "renumbered", "flagged")]
    institutions = counted(len(report.institutions), "institution")
    lines = [f"{report.outcome}: {len(applied)} of {institutions} applied"]
    if report.error is not None:  # the others had no outcome yet
        lines = [f"{report.outcome}: {counted(len(applied), 'institution')} applied, then the run ended"]
    courses = total("courses_changed")
    also = f"; {counted(courses, 'course')} changed" if courses else ""
    requests = counted(report.requests, "request")
    lines.append(f"{', '.join(counts)}{also} ({requests}, {report.seconds:.1f} s)")
    lines += [report.resumed] if report.resumed else []
    lines += failures(report)
    return "\n".join(lines)


def failures(report: "Report") -> list[str]:
    """Return a line for each institution of a run with which something is wrong."""
    return [
        one_line(f"institution {o.hei_id} {o.outcome}: {o.error}") for o in report.institutions if o.error
    ]


SHOWN_IN_ONE_LINE = 3
"""How many of the things that went wrong stand in the one line of a quiet command."""


def only_one(*, quiet: bool, as_json: bool) -> None:
    """Refuse two options that contradict each other.

    Raises:
        typer.BadParameter: if both are given.
    """
    if quiet and as_json:
        raise typer.BadParameter("give --quiet or --json, not both")


def print_in_one_line(what: str, wrong: list[str]) -> None:
    """Print on standard error, in one line, what came of a quiet command and what is wrong first."""
    more = len(wrong) - SHOWN_IN_ONE_LINE
    also = [f"and {more} more"] if more > 0 else []
    typer.echo(f"dcs-mirror: {one_line('; '.join([what, *wrong[:SHOWN_IN_ONE_LINE], *also]))}", err=True)


def exit_if_not_read_back(written: "WriteResult") -> None:
    """End the command with code 1 and a note if the mirror does not show an accepted write yet."""
    if written.not_read_back is not None:
        typer.echo(
            f"dcs-mirror: the DCS accepted it, but the mirror does not show it yet: {written.not_read_back}",
            err=True,
        )
        raise typer.Exit(1)


def print_csv(
    headings: Iterable[object],
    rows: Iterable[Iterable[object]],
    *,
    encoding: str = "utf-8-sig",
    separator: str = ",",
) -> None:
    """Print CSV, by default with the byte-order mark that spreadsheets expect; see ``csv_text``.

    Args:
        headings: the first row.
        rows: the others.
        encoding: ``utf-8-sig`` and ``utf-16`` with a byte-order mark, others without.
        separator: what separates the cells.
    """
    output = unguarded_output()
    if isinstance(output, OutputStream):
        # Whatever the locale says.
        output.use({"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding))
    if encoding in {"utf-8-sig", "utf-16"}:
        output.write("\ufeff")
    write_rows(output, [headings], separator=separator)
    write_rows(output, rows, separator=separator)


def print_flags(found: "list[Flag]") -> None:
    """Print flags as a table."""
    names = (
        "flag",
        "HEI",
        "course",
        "title",
        "kind",
        "licence before",
        "licence now",
        "seen",
        "state",
        "assigned to",
    )
    headings = {name: "right" if name in {"flag", "HEI"} else "left" for name in names}
    rows = [
        [
            str(flag.flag_id),
            str(flag.hei_id),
            flag.course_code or "",
            (flag.title or "")[:50],
            flag.kind,
            flag.licence_before or "",
            flag.licence or "",
            f"{flag.flagged_at:%Y-%m-%d}",
            flag.resolution or ("acknowledged" if flag.acknowledged_at else "open"),
            flag.assigned_to or "",
        ]
        for flag in found
    ]
    print_table(headings, rows)
