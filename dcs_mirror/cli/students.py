"""`dcs-mirror students`: student numbers from the records to the DCS."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.report import AsJson, HeiId, print_csv, print_json, print_table
from dcs_mirror.cli.running import prepared, run

if TYPE_CHECKING:
    from dcs_mirror.students.plan import Entry, Plan
    from dcs_mirror.students.push import Report, Sent, Wanted

app = typer.Typer(
    no_args_is_help=True,
    help="Keep the student numbers of an institution's courses right in the DCS, from the student records: a "
    "CSV or Excel file, a SQL query, or aXcelerate. `plan` shows what `push` would send.",
)

Origin = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE|axcelerate", help="A CSV or Excel file (.xlsx), or aXcelerate."),
]
Query = Annotated[
    Path | None,
    typer.Option(
        "--sql",
        metavar="FILE",
        help="A file with one SELECT, asked of the database at DCS_STUDENTS_DATABASE_URL.",
    ),
]
CodeColumn = Annotated[
    str | None, typer.Option(metavar="HEADING", help="The column of course codes; guessed otherwise.")
]
StudentsColumn = Annotated[
    str | None, typer.Option(metavar="HEADING", help="The column of numbers; guessed otherwise.")
]
NameColumn = Annotated[
    str | None, typer.Option(metavar="HEADING", help="The column of names, for --create-missing.")
]
Sheet = Annotated[
    str | None, typer.Option(metavar="NAME", help="The sheet of an Excel file; by default the first.")
]
Mapping_ = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="FILE",
        help="With aXcelerate: a CSV file with a heading, aXcelerate's class or course code in the first "
        "column and the DCS's in the second. Other codes must be equal.",
    ),
]
CreateMissing = Annotated[
    bool,
    typer.Option("--create-missing", help="Submit courses that the DCS lacks. They are empty, and stay."),
]
AllowZero = Annotated[
    bool, typer.Option("--allow-zero", help="Courses may be set to 0 students before 15 June.")
]
_COLUMNS = ("where", "course_code", "verdict", "before", "students", "nearest", "why", "outcome", "error")

AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet, a line for each row.")]


@app.command("plan")
def show_plan(
    hei: HeiId,
    *,
    origin: Origin = None,
    sql: Query = None,
    code_column: CodeColumn = None,
    students_column: StudentsColumn = None,
    name_column: NameColumn = None,
    sheet: Sheet = None,
    mapping: Mapping_ = None,
    create_missing: CreateMissing = False,
    allow_zero: AllowZero = False,
    as_csv: AsCsv = False,
    json: AsJson = False,
) -> None:
    """Show what a push of student numbers would send; nothing is sent.

    A number is compared with the one last sent from here and answered, because the DCS never tells it.
    Courses are matched by equal codes; unaligned codes are listed with the nearest ones. Archived and
    deleted courses are left out.

    Exit code 1 where a row cannot be used, or the push would be refused; not for unaligned codes, nor for
    archived and deleted courses.
    """
    from dcs_mirror.students import push as pushing

    _one_form(as_csv=as_csv, as_json=json)
    columns = (code_column, students_column, name_column)
    wanted = _wanted(hei, origin, sql, columns, sheet, mapping, create_missing, allow_zero)
    settings, url = prepared()
    plan = run(lambda: pushing.look(settings, url, wanted))
    _print(plan, {}, as_csv=as_csv, as_json=json, more={})
    if plan.refusal is not None:
        typer.echo(f"dcs-mirror: a push would be refused: {plan.refusal}", err=True)
    raise typer.Exit(plan.exit_code)


@app.command()
def push(
    hei: HeiId,
    *,
    origin: Origin = None,
    sql: Query = None,
    code_column: CodeColumn = None,
    students_column: StudentsColumn = None,
    name_column: NameColumn = None,
    sheet: Sheet = None,
    mapping: Mapping_ = None,
    create_missing: CreateMissing = False,
    allow_zero: AllowZero = False,
    as_csv: AsCsv = False,
    json: AsJson = False,
) -> None:
    """Send the student numbers that differ from those last sent, with the weeks and without a status.

    Every call is journalled (`dcs-mirror calls`). A push that was stopped goes on when it is given again:
    what was answered is not sent again, and what got no answer is. A push that would set courses to 0
    students between 1 January and 14 June is refused as a whole.

    Exit code 1 where a row could not be used or its call was not taken; 3 credentials refused; 4 where
    the DCS or the database cannot be reached.
    """
    from dcs_mirror.cli.progress import courses_shown
    from dcs_mirror.students import push as pushing

    _one_form(as_csv=as_csv, as_json=json)
    columns = (code_column, students_column, name_column)
    wanted = _wanted(hei, origin, sql, columns, sheet, mapping, create_missing, allow_zero)
    settings, url = prepared()
    with courses_shown() as progress:
        report = run(lambda: pushing.push(settings, url, wanted, progress))
    _finish(report, as_csv=as_csv, as_json=json)


def _one_form(*, as_csv: bool, as_json: bool) -> None:
    if as_csv and as_json:
        raise typer.BadParameter("give --csv or --json, not both")


def _wanted(
    hei: int,
    origin: str | None,
    sql: Path | None,
    columns: tuple[str | None, str | None, str | None],
    sheet: str | None,
    mapping: Path | None,
    create_missing: bool,
    allow_zero: bool,
) -> "Wanted":
    from dcs_mirror.students.push import Wanted
    from dcs_mirror.students.rows import Columns
    from dcs_mirror.students.sources import AXCELERATE, Asked

    if (origin is None) == (sql is None):
        raise typer.BadParameter("give one source: --from or --sql")
    if mapping is not None and origin != AXCELERATE:
        raise typer.BadParameter("--map goes with --from axcelerate only")
    asked = Asked(origin=origin, query=sql, columns=Columns(*columns), sheet=sheet, mapping=mapping)
    return Wanted(hei, asked, create_missing=create_missing, allow_zero=allow_zero)


def _finish(report: "Report", *, as_csv: bool, as_json: bool) -> None:
    """Prints the report and ends the program with its exit code."""
    outcomes = Counter(each.outcome for each in report.sent)
    more = {
        "outcomes": outcomes,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "error": None if report.error is None else str(report.error),
    }
    sent = {each.entry.where: each for each in report.sent}
    _print(report.plan, sent, as_csv=as_csv, as_json=as_json, more=more)
    if not as_csv and not as_json and report.sent:
        said = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        typer.echo(f"sent: {said} ({report.requests} requests, {report.seconds:.1f} s)")
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)


def _print(
    plan: "Plan", sent: "Mapping[str, Sent]", *, as_csv: bool, as_json: bool, more: Mapping[str, object]
) -> None:
    """The plan, with what became of each entry that was ``sent``, by where it stood."""
    rows = [_row(entry, sent.get(entry.where)) for entry in plan.entries]
    if as_json:
        told = {"hei_id": plan.hei_id, "source": plan.told, "refusal": plan.refusal, "counts": plan.counts}
        print_json({**told, "not_in_source": plan.not_in_source, **more, "rows": rows})
    elif as_csv:
        print_csv(_COLUMNS, ([_one_cell(row.get(name)) for name in _COLUMNS] for row in rows))
    else:
        _print_for_a_person(plan, rows)


def _row(entry: "Entry", sent: "Sent | None") -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in _COLUMNS if hasattr(entry, name)}
    return row if sent is None else row | {"outcome": sent.outcome, "error": sent.error}


def _print_for_a_person(plan: "Plan", rows: list[dict[str, object]]) -> None:
    """What a person wants to see: all that is not as it was and did not just land."""
    typer.echo(f"source: {plan.told}")
    told = [
        row
        for row in rows
        if row["verdict"] not in {"unchanged", "repeated"} and row.get("outcome") != "taken"
    ]
    if told:
        shown = [name for name in _COLUMNS if any(row.get(name) not in {None, ()} for row in told)]
        right = {"before", "students"}
        headings = {name.replace("_", " "): "right" if name in right else "left" for name in shown}
        cells = [[_one_cell(row.get(name)) for name in shown] for row in told]
        print_table(headings, [["" if cell is None else str(cell) for cell in line] for line in cells])
    counted = ", ".join(f"{count} {verdict}" for verdict, count in plan.counts.most_common())
    typer.echo(f"{len(rows)} rows: {counted}; {len(plan.not_in_source)} courses are not in the source")


def _one_cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value
