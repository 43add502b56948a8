"""Printing shared by several commands: JSON, CSV, tables, flags and the summary of a run."""

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.terminal import OutputStream, console, unguarded_output
from dcs_mirror.plain_text import escaped, one_line

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

# A spreadsheet would evaluate a text that begins with one of these, also after blanks and line ends.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*")

PIPED_WIDTH = 200
"""The width in characters of a table that is not printed on a terminal."""


def print_json(document: object) -> None:
    """Print one JSON document on standard output; times in ISO 8601."""
    import msgspec

    typer.echo(escaped(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()))


def print_table(headings: dict[str, str], rows: list[list[str]]) -> None:
    """Print a plain table; ``headings`` maps each column's heading to ``left`` or ``right``."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in headings.items():
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for row in rows:
        table.add_row(*map(one_line, row))
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    console(width=width, markup=False, highlight=False).print(table)


def summary(report: "Report") -> str:
    """Summarise a run in a few lines."""
    applied = [o for o in report.institutions if o.outcome in {"complete", "partial"}]

    def total(name: str) -> str:
        return f"{sum(getattr(o, name) or 0 for o in applied)} {name.replace('_', ' ')}"

    counts = ("courses", "content_items", "added", "changed", "removed", "renumbered", "flagged")
    lines = [f"{report.outcome}: {len(applied)} of {len(report.institutions)} institutions applied"]
    courses = sum(o.courses_changed for o in applied)
    also = f"; {courses} course{'s' * (courses > 1)} changed" if courses else ""
    lines.append(
        f"{', '.join(map(total, counts))}{also} ({report.requests} requests, {report.seconds:.1f} s)"
    )
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


def print_csv(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print CSV with the byte-order mark that spreadsheets expect; see :func:`csv_cell`."""
    import csv

    output = unguarded_output()
    if isinstance(output, OutputStream):
        output.use_utf8()  # as the byte-order mark says, whatever the locale
    output.write("\ufeff")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(map(csv_cell, row) for row in rows)


def csv_cell(value: object) -> str:
    """Return a value as a cell that a spreadsheet shows and does not evaluate.

    A text is put on one line. If it would be taken for a formula, an apostrophe is put before it: if its
    first character other than blanks is an equals, plus, minus or at sign, of whatever width. Numbers stay.
    """
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = one_line(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def print_flags(found: "list[Flag]") -> None:
    """Print flags as a table."""
    names = ("flag", "HEI", "course", "title", "kind", "licence before", "licence now", "seen", "state")
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
        ]
        for flag in found
    ]
    print_table(headings, rows)
