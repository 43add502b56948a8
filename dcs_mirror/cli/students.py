"""`dcs-mirror students`: student numbers from the records to the DCS."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.options import spread
from dcs_mirror.cli.program import prepare, run_reported, with_runtime
from dcs_mirror.cli.report import AsJson, HeiId, print_csv, print_json, print_table

if TYPE_CHECKING:
    from dcs_mirror.students.plan import Entry, Plan
    from dcs_mirror.students.push import PushProgress, PushReport, PushRequest, SentEntry

app = typer.Typer(
    no_args_is_help=True,
    help="Keep the student numbers of an institution's courses right in the DCS, from the student records: a "
    "CSV or Excel file, a SQL query, or aXcelerate. `plan` shows what `push` would send.",
)

_COLUMNS = ("where", "course_code", "verdict", "before", "students", "nearest", "why", "outcome", "error")


@dataclass(frozen=True)
class Given:
    """What `plan` and `push` are told: an institution, one source, and how to print."""

    hei: HeiId
    origin: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE|axcelerate", help="A CSV or Excel file (.xlsx), or aXcelerate."),
    ] = None
    sql: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A file with one SELECT, asked of the database at DCS_STUDENTS_DATABASE_URL.",
        ),
    ] = None
    code_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of course codes; guessed otherwise.")
    ] = None
    students_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of numbers; guessed otherwise.")
    ] = None
    name_column: Annotated[
        str | None, typer.Option(metavar="HEADING", help="The column of names, for --create-missing.")
    ] = None
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The sheet of an Excel file; by default the first.")
    ] = None
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="With aXcelerate: a CSV file with a heading, aXcelerate's class or course code in the first "
            "column and the DCS's in the second. Other codes must be equal.",
        ),
    ] = None
    running: Annotated[
        str | None,
        typer.Option(
            metavar="DATE..DATE",
            help="With aXcelerate: count the classes that run on any of these days, such as "
            "2025-08-01..2026-07-31 for all of a year; by default those that run today.",
        ),
    ] = None
    create_missing: Annotated[
        bool,
        typer.Option("--create-missing", help="Submit courses that the DCS lacks. They are empty, and stay."),
    ] = False
    allow_zero: Annotated[
        bool, typer.Option("--allow-zero", help="Courses may be set to 0 students before 15 June.")
    ] = False
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where a code is unaligned, too; for scripts.")
    ] = False
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV for a spreadsheet, a line for each row.")
    ] = False
    json: AsJson = False

    def wanted(self) -> "PushRequest":
        """The numbers that are asked for.

        Raises:
            typer.BadParameter: where the options do not go together.
        """
        from dcs_mirror.students.push import PushRequest
        from dcs_mirror.students.rows import Columns
        from dcs_mirror.students.sources import SourceSpec

        if self.as_csv and self.json:
            raise typer.BadParameter("give --csv or --json, not both")
        if (self.origin is None) == (self.sql is None):
            raise typer.BadParameter("give one source: --from or --sql")
        columns = Columns(self.code_column, self.students_column, self.name_column)
        asked = SourceSpec(self.origin, self.sql, columns, self.sheet, self.mapping, self.running)
        return PushRequest(
            self.hei,
            asked,
            create_missing=self.create_missing,
            allow_zero=self.allow_zero,
            strict=self.strict,
        )


@app.command("plan")
@spread
def show_plan(given: Given) -> None:
    """Show what a push of student numbers would send; nothing is sent.

    A number is compared with the one last sent from here and answered, because the DCS never tells it.
    Courses are matched by equal codes; unaligned codes are listed with the nearest ones. Archived and
    deleted courses are left out.

    Exit code 1 where a row cannot be used (duplicate, out of range), or the push would be refused; with
    --strict for unaligned codes, too. Without it they are listed and the exit code is 0, as it is for
    archived and deleted courses.
    """
    from dcs_mirror.students import push as pushing

    wanted = given.wanted()
    plan = with_runtime(lambda runtime: pushing.preview(runtime, wanted))
    _print(plan, {}, given, more={})
    if plan.refusal is not None:
        typer.echo(f"dcs-mirror: a push would be refused: {plan.refusal}", err=True)
    raise typer.Exit(plan.exit_code)


@app.command()
@spread
def push(given: Given) -> None:
    """Send the student numbers that differ from those last sent, with the weeks and without a status.

    Every call is journalled (`dcs-mirror calls`). A push that was stopped goes on when it is given again:
    what was answered is not sent again, and what got no answer is. A push that would set courses to 0
    students between 1 January and 14 June is refused as a whole.

    Exit code 1 where a row could not be used (duplicate, out of range) or its call was not taken; with
    --strict for unaligned codes, too: without it they are listed and the exit code is 0. All other rows
    are sent in either case. 3 credentials refused; 4 where the DCS or the database cannot be reached;
    130 interrupted, with the report as far as it came.
    """
    from dcs_mirror.cli.progress import courses_shown
    from dcs_mirror.runtime import open_runtime
    from dcs_mirror.students import push as pushing

    wanted = given.wanted()
    settings, url = prepare()

    async def opened(progress: "PushProgress", begun: "Callable[[PushReport], None]") -> "PushReport":
        async with open_runtime(settings, url) as runtime:
            return await pushing.push(runtime, wanted, progress, begun)

    with courses_shown() as progress:
        report = run_reported(
            lambda begun: opened(progress, begun),
            go_on="Give the same command again for the others; `dcs-mirror calls --unknown` lists the calls "
            "of which nobody knows whether they were taken",
        )
    _finish(report, given)


def _finish(report: "PushReport", given: Given) -> None:
    """Prints the report and ends the program with its exit code."""
    outcomes = Counter(each.outcome for each in report.sent)
    more = {
        "outcomes": outcomes,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "error": None if report.error is None else str(report.error),
    }
    sent = {each.entry.where: each for each in report.sent}
    _print(report.plan, sent, given, more=more)
    if not given.as_csv and not given.json and report.sent:
        said = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        typer.echo(f"sent: {said} ({report.requests} requests, {report.seconds:.1f} s)")
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)


def _print(
    plan: "Plan", sent: "Mapping[str, SentEntry]", given: Given, *, more: Mapping[str, object]
) -> None:
    """The plan, with what became of each entry that was ``sent``, by where it stood."""
    rows = [_row(entry, sent.get(entry.where)) for entry in plan.entries]
    if given.json:
        head = {"hei_id": plan.hei_id, "source": plan.source, "refusal": plan.refusal, "counts": plan.counts}
        print_json({**head, "not_in_source": plan.not_in_source, **more, "rows": rows})
    elif given.as_csv:
        print_csv(_COLUMNS, ([_one_cell(row.get(name)) for name in _COLUMNS] for row in rows))
    else:
        _print_for_a_person(plan, rows)


def _row(entry: "Entry", sent: "SentEntry | None") -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in _COLUMNS if hasattr(entry, name)}
    return row if sent is None else row | {"outcome": sent.outcome, "error": sent.error}


def _print_for_a_person(plan: "Plan", rows: list[dict[str, object]]) -> None:
    """What a person wants to see: all that is not as it was and did not just land."""
    typer.echo(f"source: {plan.source}")
    notable = [
        row
        for row in rows
        if row["verdict"] not in {"unchanged", "repeated"} and row.get("outcome") != "taken"
    ]
    if notable:
        shown = [name for name in _COLUMNS if any(row.get(name) not in {None, ()} for row in notable)]
        right = {"before", "students"}
        headings = {name.replace("_", " "): "right" if name in right else "left" for name in shown}
        cells = [[_one_cell(row.get(name)) for name in shown] for row in notable]
        print_table(headings, [["" if cell is None else str(cell) for cell in line] for line in cells])
    counted = ", ".join(f"{count} {verdict}" for verdict, count in plan.counts.most_common())
    typer.echo(f"{len(rows)} rows: {counted}; {len(plan.not_in_source)} courses are not in the source")


def _one_cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value
