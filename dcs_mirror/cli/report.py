"""Printing shared by several commands: JSON, CSV, tables, flags and the summary of a run."""

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dcs_mirror.downstream.flags import Flag
    from dcs_mirror.sync.report import Report
    from dcs_mirror.writes.service import WriteResult

LARGEST_HEI_ID = 2**31 - 1
LARGEST_ID = 2**63 - 1
"""The largest values of PostgreSQL's integer and bigint."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
HeiId = Annotated[int, typer.Argument(metavar="HEI", min=1, max=LARGEST_HEI_ID, help="The institution's id.")]
OnlyHei = Annotated[
    int | None,
    typer.Option(metavar="ID", min=1, max=LARGEST_HEI_ID, help="Only this institution."),
]
OnlyHeis = Annotated[
    list[int] | None,
    typer.Option(metavar="ID", min=1, max=LARGEST_HEI_ID, help="Only this institution; may be repeated."),
]

# Characters that JSON allows but that a terminal would interpret: controls and text direction marks.
_TERMINAL_CONTROLS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# A spreadsheet would evaluate a cell that begins with one of these.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

PIPED_WIDTH = 200
"""The width in characters of a table that is not printed on a terminal."""


def print_json(document: object) -> None:
    """Print one JSON document on standard output; times in ISO 8601."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    typer.echo(_TERMINAL_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def printable(text: str) -> str:
    """Return foreign text on one line, without characters that a terminal would interpret."""
    return "".join(c if c.isprintable() else " " for c in text)


def print_table(headings: dict[str, str], rows: list[list[str]]) -> None:
    """Print a plain table; ``headings`` maps each column's heading to ``left`` or ``right``."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in headings.items():
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for row in rows:
        table.add_row(*map(printable, row))
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    Console(width=width, markup=False, highlight=False).print(table)


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
    lines += [f"institution {o.hei_id} {o.outcome}: {o.error}" for o in report.institutions if o.error]
    return "\n".join(lines)


def exit_if_not_read_back(written: "WriteResult") -> None:
    """End the command with code 1 and a note if the mirror does not show an accepted write yet."""
    if written.not_read_back is not None:
        typer.echo(
            f"dcs-mirror: the DCS accepted it, but the mirror does not show it yet: {written.not_read_back}",
            err=True,
        )
        raise typer.Exit(1)


def print_csv(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print CSV with the byte-order mark that spreadsheets expect; escape texts that look like formulas."""
    import csv

    sys.stdout.write("\ufeff")
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(map(_cell, row) for row in rows)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


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
