"""`dcs-mirror students`: send student numbers from the student records to the DCS."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    from dcs_mirror.students.plan import Entry, Plan
    from dcs_mirror.students.push import PushReport, PushRequest
    from dcs_mirror.students.repeats import Combination
    from dcs_mirror.writes.batch import SentEntry

app = App(
    no_args_is_help=True,
    help="Keep the student numbers of an institution's courses in the DCS up to date. The numbers come from "
    "a CSV file, a workbook, a SQL query, or aXcelerate. `plan` shows what `push` would send.",
)

_COLUMNS = (
    "where",
    "course_code",
    "given",
    "verdict",
    "before",
    "students",
    "nearest",
    "why",
    "outcome",
    "error",
)


@dataclass(frozen=True)
class Given:
    """The options of `plan` and `push`: an institution, one source, and how to print."""

    hei: HeiId
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE|axcelerate",
            help="A CSV file, a workbook (.xlsx, .xlsm, .xls, .xlsb, .ods), or aXcelerate.",
        ),
    ] = None
    sql: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A file with one SELECT, which is run in the database at DCS_STUDENTS_DATABASE_URL.",
        ),
    ] = None
    code_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of course codes. Default: guessed.")
    ] = None
    students_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of student numbers. Default: guessed.")
    ] = None
    name_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of course names, for --create-missing.")
    ] = None
    heading_row: HeadingRow = None
    sheet: Sheet = None
    hidden_rows: HiddenRows = False
    sums: Annotated[
        bool, typer.Option("--sum", help="If several rows are of one course: take the sum of their numbers.")
    ] = False
    greatest: Annotated[
        bool, typer.Option("--max", help="If several rows are of one course: take the greatest number.")
    ] = False
    last: Annotated[
        bool, typer.Option("--last", help="If several rows are of one course: take the last number.")
    ] = False
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="A CSV file or workbook with a heading, the source's code in the first column and the "
            "DCS's course code in the second. Of aXcelerate: its class or course code.",
        ),
    ] = None
    strip_suffix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Leave out this end of codes that the DCS lacks, such as -2627. May be given several times.",
        ),
    ] = None
    code_pattern: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX",
            help="For codes that the DCS lacks: the beginning that this regular expression matches, or its "
            "group, is the DCS's code, such as '[A-Z]+[0-9]+'. A code that it does not match is unusable.",
        ),
    ] = None
    running: Annotated[
        str | None,
        typer.Option(
            metavar="DATE..DATE",
            help="For aXcelerate: count the classes that run on any of these days, such as "
            "2025-08-01..2026-07-31 for a whole year. Default: the classes that run today.",
        ),
    ] = None
    create_missing: Annotated[
        bool,
        typer.Option("--create-missing", help="Create courses that the DCS lacks. They have no content."),
    ] = False
    allow_zero: Annotated[
        bool, typer.Option("--allow-zero", help="Allow courses to be set to 0 students before 15 June.")
    ] = False
    strict: Annotated[
        bool, typer.Option("--strict", help="Also exit with code 1 if the DCS lacks a code; for scripts.")
    ] = False
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV for a spreadsheet, one line for each row.")
    ] = False
    json: AsJson = False

    def wanted(self) -> "PushRequest":
        """Return what to push.

        Raises:
            typer.BadParameter: if options contradict each other.
        """
        from dcs_mirror.students.heading import Columns
        from dcs_mirror.students.push import PushRequest
        from dcs_mirror.students.sources import SourceSpec

        if self.as_csv and self.json:
            raise typer.BadParameter("give --csv or --json, not both")
        if (self.origin is None) == (self.sql is None):
            raise typer.BadParameter("give one source: --from or --sql")
        asked = SourceSpec(
            self.origin,
            self.sql,
            Columns(self.code_column, self.students_column, self.name_column),
            sheet=self.sheet,
            mapping=self.mapping,
            running=self.running,
            heading_row=self.heading_row,
            hidden_rows=self.hidden_rows,
            suffixes=tuple(self.strip_suffix or ()),
            pattern=self.code_pattern,
        )
        return PushRequest(
            self.hei,
            asked,
            combination=self._combination(),
            create_missing=self.create_missing,
            allow_zero=self.allow_zero,
            strict=self.strict,
        )

    def _combination(self) -> "Combination | None":
        """Return how several rows of one course are combined.

        Raises:
            typer.BadParameter: if several ways are given.
        """
        ways: dict[Combination, bool] = {"sum": self.sums, "max": self.greatest, "last": self.last}
        chosen = [way for way, is_given in ways.items() if is_given]
        if len(chosen) > 1:
            raise typer.BadParameter("give one of --sum, --max and --last")
        return chosen[0] if chosen else None


@app.command("plan")
@spread
def show_plan(given: Given) -> None:
    """Show what a push of student numbers would send. Sends nothing.

    A number is compared with the last one that this mirror sent and the DCS
    accepted, because the DCS never returns it. Rows and courses are matched by
    equal codes. A code that the DCS lacks is listed as unaligned, with the most
    similar codes. Archived and deleted courses are left out.

    Exit code 1 if a row cannot be used (for example a duplicate or a number out
    of range) or the push would be refused. Unaligned codes give exit code 1 only
    with --strict.

    Example: dcs-mirror students plan 108 --from numbers.xlsx
    """
    from dcs_mirror.students import push as pushing

    wanted = given.wanted()
    plan = with_runtime(lambda runtime: pushing.preview(runtime, wanted))
    _print(plan, {}, given, more={})
    if plan.refusal is not None:
        typer.echo(one_line(f"dcs-mirror: a push would be refused: {plan.refusal}"), err=True)
    raise typer.Exit(plan.exit_code)


@app.command()
def known(
    hei: HeiId,
    *,
    origin: Annotated[
        Path, typer.Option("--from", metavar="FILE", help="The DCS's export: a CSV file or a workbook.")
    ],
    code_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of course codes. Default: guessed.")
    ] = None,
    students_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of student numbers. Default: guessed.")
    ] = None,
    heading_row: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The number of the row with the headings.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The sheet of a workbook. Default: the first visible.")
    ] = None,
    hidden_rows: HiddenRows = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    json: AsJson = False,
) -> None:
    """Learn the student numbers that the DCS has now from its own export.

    Sends nothing. The DCS never returns student numbers, so this mirror knows
    only those that it sent, and after a restore of the database none. The numbers
    of the export count as known from now on: `students push` sends only those
    that differ, and `amend-course` needs no --students. Make the export right
    before: a number that was sent after it is replaced by the older one.

    Exit code 1 if a row cannot be used, if a call without an answer may have
    changed its course, or if the mirror does not hold the course yet.

    Example: dcs-mirror students known 108 --from export.csv
    """
    from dcs_mirror.students import learn as learning

    given = Given(
        hei,
        str(origin),
        None,
        code_column,
        students_column,
        heading_row=heading_row,
        sheet=sheet,
        hidden_rows=hidden_rows,
        as_csv=as_csv,
        json=json,
    )
    if given.origin == "axcelerate":
        raise typer.BadParameter("--from: give the file that the DCS exported")
    wanted = given.wanted()
    plan = with_runtime(lambda runtime: learning.learn(runtime, wanted))
    _print(plan, {}, given, more={})
    raise typer.Exit(plan.exit_code)


@app.command()
@spread
def push(given: Given) -> None:
    """Send the student numbers that differ from those last sent.

    Each call also sends the course's weeks, and no status. Every call is
    journalled (`dcs-mirror calls`). Rerunning a stopped push resumes it: answered
    calls are skipped, unanswered ones are sent again. A push that would set
    courses to 0 students between 1 January and 14 June is refused as a whole.

    Exit code 1 if a row could not be used (for example a duplicate or a number
    out of range), or if the DCS did not accept it. All other rows are sent.
    Unaligned codes give exit code 1 only with --strict. 3: credentials refused.
    4: the DCS or the database cannot be reached. 130: interrupted. If anything was
    sent, the report shows it, however the push ended.

    Example: dcs-mirror students push 108 --from numbers.xlsx
    """
    from dcs_mirror.students import push as pushing

    wanted = given.wanted()
    report = pushed(
        "student numbers", lambda runtime, progress, begun: pushing.push(runtime, wanted, progress, begun)
    )
    _finish(report, given)


def _finish(report: "PushReport", given: Given) -> None:
    """Print the report and exit with its exit code."""
    sent = {each.entry.where: each for each in report.sent}
    _print(report.plan, sent, given, more=figures(report))
    if not given.as_csv and not given.json and report.sent:
        requests = counted(report.requests, "request")
        typer.echo(f"sent: {in_words(outcomes(report))} ({requests}, {report.seconds:.1f} s)")
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)


def _print(
    plan: "Plan", sent: "Mapping[str, SentEntry[Entry]]", given: Given, *, more: Mapping[str, object]
) -> None:
    """Print the plan; ``sent`` holds the outcome of each entry that was sent, by its place in the source."""
    rows = [_row(entry, sent.get(entry.where)) for entry in plan.entries]
    if given.json:
        head = {
            "hei_id": plan.hei_id,
            "source": str(plan.source),
            "understood": _understood(plan),
            "refusal": plan.refusal,
            "counts": plan.counts,
        }
        print_json({**head, "not_in_source": plan.not_in_source, **more, "rows": rows})
    elif given.as_csv:
        typer.echo(_in_words(plan), err=True)
        print_csv(_COLUMNS, ([one_cell(row.get(name)) for name in _COLUMNS] for row in rows))
    else:
        _print_table(plan, rows)


def _in_words(plan: "Plan") -> str:
    """Return what was understood of the source, on one line."""
    totals = [entry.where.removeprefix("row ") for entry in plan.entries if entry.verdict == "total"]
    left_out = f"; left out as totals: row{'s' * (len(totals) > 1)} {', '.join(totals)}" if totals else ""
    return f"source: {plan.source}{left_out}"


def _understood(plan: "Plan") -> dict[str, object]:
    """Return what was understood of the source, by names; totals as their places."""
    from dataclasses import asdict

    totals = [entry.where for entry in plan.entries if entry.verdict == "total"]
    return {**asdict(plan.source), "totals": totals}


def _row(entry: "Entry", sent: "SentEntry[Entry] | None") -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in _COLUMNS if hasattr(entry, name)}
    return row if sent is None else row | {"outcome": sent.outcome, "error": sent.error}


def _print_table(plan: "Plan", rows: list[dict[str, object]]) -> None:
    """Print a table of the rows that need attention: those neither unchanged nor accepted."""
    typer.echo(one_line(_in_words(plan)))
    notable = [
        row
        for row in rows
        if row["verdict"] not in {"unchanged", "repeated"} and row.get("outcome") != "taken"
    ]
    if notable:
        shown = columns_used(_COLUMNS, notable)
        right = {"before", "students"}
        headings = {name.replace("_", " "): "right" if name in right else "left" for name in shown}
        cells = [[one_cell(row.get(name)) for name in shown] for row in notable]
        print_table(headings, [["" if cell is None else str(cell) for cell in line] for line in cells])
    missing = counted(len(plan.not_in_source), "course")
    are = "is" if len(plan.not_in_source) == 1 else "are"
    typer.echo(f"{counted(len(rows), 'row')}: {in_words(plan.counts)}; {missing} {are} not in the source")
