"""`dcs-mirror requests`: submit many requests from a file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.options import spread
from dcs_mirror.cli.program import with_runtime
from dcs_mirror.cli.pushes import (
    HeadingRow,
    HiddenRows,
    Sheet,
    columns_used,
    figures,
    in_words,
    one_cell,
    outcomes,
    pushed,
)
from dcs_mirror.cli.report import AsJson, HeiId, print_csv, print_json
from dcs_mirror.cli.tables import print_table
from dcs_mirror.plain_text import counted, one_line

if TYPE_CHECKING:
    from dcs_mirror.requests.plan import Entry, Plan
    from dcs_mirror.requests.push import PushReport, PushRequest
    from dcs_mirror.writes.batch import SentEntry

app = App(
    no_args_is_help=True,
    help="Submit many requests for extracts from a CSV file or a workbook, each once. `plan` shows what "
    "`push` would submit.",
)

_COLUMNS = (
    "where",
    "course_code",
    "given",
    "kind",
    "isn",
    "title",
    "extract_title",
    "page_range",
    "verdict",
    "nearest",
    "why",
    "request_id",
    "outcome",
    "error",
)
_LONGEST = 40
"""How many characters of a title a table shows."""


@dataclass(frozen=True)
class Given:
    """The options of `plan` and `push`: an institution, a file, and how to print."""

    hei: HeiId
    origin: Annotated[
        Path,
        typer.Option(
            "--from", metavar="FILE", help="A CSV file or a workbook (.xlsx, .xlsm, .xls, .xlsb, .ods)."
        ),
    ]
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=HEADING",
            help="The column of a field, such as title='Name of book'; FIELD= means that there is none. "
            "May be given several times. Default: guessed.",
        ),
    ] = None
    course: Annotated[
        str | None, typer.Option(metavar="CODE", help="The course of rows without a course code.")
    ] = None
    without_course: Annotated[
        bool, typer.Option("--without-course", help="Submit rows without a course code for no course.")
    ] = False
    academic_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The lecturer of rows without one.")
    ] = None
    email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The lecturer's email address of rows without one.")
    ] = None
    is_book: Annotated[
        bool | None,
        typer.Option(
            "--book/--journal",
            help="For rows that do not say which. Default: as the ISBN or ISSN says.",
        ),
    ] = None
    heading_row: HeadingRow = None
    sheet: Sheet = None
    hidden_rows: HiddenRows = False
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV for a spreadsheet, one line for each row.")
    ] = False
    json: AsJson = False

    def wanted(self) -> "PushRequest":
        """Return what to push.

        Raises:
            typer.BadParameter: if options contradict each other.
        """
        from dcs_mirror.requests.push import PushRequest

        if self.as_csv and self.json:
            raise typer.BadParameter("give --csv or --json, not both")
        if self.course is not None and self.without_course:
            raise typer.BadParameter("give --course or --without-course, not both")
        defaults = {
            "course_code": self.course,
            "academic_name": self.academic_name,
            "email": self.email,
            "is_book": self.is_book,
        }
        return PushRequest(
            self.hei,
            self.origin,
            tuple(self.column or ()),
            {name: value for name, value in defaults.items() if value is not None},
            sheet=self.sheet,
            heading_row=self.heading_row,
            hidden_rows=self.hidden_rows,
            without_course=self.without_course,
        )


@app.command("plan")
@spread
def show_plan(given: Given) -> None:
    """Show what a push of requests would submit. Sends nothing.

    The courses of the file are read from the DCS and mirrored, so that each row
    can be compared with what is there. A request for the same extract in the same
    course is `already there`, however it is written. A heading names a field as
    the DCS does (CourseCode, ISN), as `submit-request` does, or as lists usually
    do (Module code, ISBN, Pages).

    Exit code 1 if a row cannot be used: for example if a field is missing, the DCS
    lacks the course, or a spreadsheet turned the page range into a date.

    Example: dcs-mirror requests plan 108 --from list.xlsx
    """
    from dcs_mirror.requests import push as pushing

    wanted = given.wanted()
    plan = with_runtime(lambda runtime: pushing.preview(runtime, wanted))
    _print(plan, {}, given, more={})
    raise typer.Exit(plan.exit_code)


@app.command()
@spread
def push(given: Given) -> None:
    """Submit the requests of a file that are not there already.

    The DCS takes no request back: look at the plan first. Every call is
    journalled (`dcs-mirror calls`). Rerunning a stopped push resumes it: what was
    accepted is `already there`, and calls without an answer are looked for in the
    DCS. What is not found stays `unsettled` until `dcs-mirror calls settle`.

    Exit code 1 if a row could not be used, if the DCS did not accept it, or if the
    mirror does not show it yet. All other rows are submitted. 3: credentials
    refused. 4: the DCS or the database cannot be reached. 130: interrupted. If
    anything was sent, the report shows it, however the push ended.

    Example: dcs-mirror requests push 108 --from list.xlsx
    """
    from dcs_mirror.requests import push as pushing

    wanted = given.wanted()
    report = pushed(
        "requests", lambda runtime, progress, begun: pushing.push(runtime, wanted, progress, begun)
    )
    _finish(report, given)


def _finish(report: "PushReport", given: Given) -> None:
    """Print the report and exit with its exit code."""
    more = {**figures(report), "not_read_back": report.not_read_back}
    sent = {each.entry.where: each for each in report.sent}
    _print(report.plan, sent, given, more=more)
    if not given.as_csv and not given.json and report.sent:
        typer.echo(f"submitted: {in_words(outcomes(report))} ({report.seconds:.1f} s)")
    if report.error is not None:
        raise report.error
    if report.not_read_back is not None:
        typer.echo(
            one_line(
                "dcs-mirror: the DCS accepted them, but the mirror does not show all yet: "
                f"{report.not_read_back}"
            ),
            err=True,
        )
    raise typer.Exit(report.exit_code)


def _print(
    plan: "Plan", sent: "Mapping[str, SentEntry[Entry]]", given: Given, *, more: Mapping[str, object]
) -> None:
    """Print the plan; ``sent`` holds the outcome of each entry that was sent, by its place in the file."""
    rows = [_row(entry, sent.get(entry.where)) for entry in plan.entries]
    if given.json:
        head = {
            "hei_id": plan.hei_id,
            "source": str(plan.source),
            "understood": asdict(plan.source),
            "counts": plan.counts,
        }
        print_json({**head, **more, "rows": rows})
    elif given.as_csv:
        typer.echo(one_line(f"source: {plan.source}"), err=True)
        print_csv(_COLUMNS, ([one_cell(row.get(name)) for name in _COLUMNS] for row in rows))
    else:
        _print_table(plan, rows)


def _row(entry: "Entry", sent: "SentEntry[Entry] | None") -> dict[str, object]:
    """Return the row of an entry; ``sent`` holds all parameters that are, or would be, submitted."""
    from dcs_mirror.writes.commands import parameters

    request, held = entry.request, entry.held
    fields = ("isn", "title", "extract_title", "page_range")
    row: dict[str, object] = {
        "where": entry.where,
        "course_code": entry.course_code,
        "given": entry.given,
        "kind": None if request is None else "book" if request.is_book else "journal",
        **{name: getattr(request, name) if request else entry.shown.get(name) for name in fields},
        "verdict": entry.verdict,
        "why": entry.why,
        "nearest": entry.nearest,
        "request_id": None if held is None else held.request_id,
        "call_id": entry.open_call if held is None else held.call_id,
        "sent": None if request is None else parameters(request),
    }
    if sent is None:
        return row
    return row | {
        "outcome": sent.outcome,
        "error": sent.error,
        "request_id": sent.request_id,
        "call_id": sent.call_id,
    }


def _print_table(plan: "Plan", rows: list[dict[str, object]]) -> None:
    """Print a table of the rows, each in short."""
    typer.echo(one_line(f"source: {plan.source}"))
    shown = columns_used(_COLUMNS, rows)
    headings = {name.replace("_", " "): "right" if name == "request_id" else "left" for name in shown}
    print_table(headings, [[_short(name, row.get(name)) for name in shown] for row in rows])
    typer.echo(f"{counted(len(rows), 'row')}: {in_words(plan.counts)}")


def _short(name: str, value: object) -> str:
    text = str(one_cell(value) or "")
    return text if len(text) <= _LONGEST or "title" not in name else text[: _LONGEST - 1] + "…"
