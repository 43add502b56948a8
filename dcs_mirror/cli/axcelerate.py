"""`dcs-mirror axcelerate`: enrolments in the student record system aXcelerate."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import prepare, run, run_reported, set_up_log
from dcs_mirror.cli.report import LARGEST_ID, AsJson, print_json
from dcs_mirror.cli.tables import print_table
from dcs_mirror.plain_text import counted

if TYPE_CHECKING:
    from dcs_mirror.axcelerate.batch import BatchReport
    from dcs_mirror.axcelerate.client import AxcelerateClient
    from dcs_mirror.axcelerate.records import ModuleEnrolment
    from dcs_mirror.clock import Clock

T = TypeVar("T")

app = App(
    no_args_is_help=True,
    help="Read and update enrolments in the student record system aXcelerate. Needs AXCELERATE_SUBDOMAIN, "
    "AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN.",
)


def _id(metavar: str, text: str) -> typer.models.ArgumentInfo:
    """Return an argument that takes an id."""
    argument: typer.models.ArgumentInfo = typer.Argument(metavar=metavar, min=1, max=LARGEST_ID, help=text)
    return argument


ContactId = Annotated[int, _id("CONTACT", "The student's contact id.")]
ClassId = Annotated[int, _id("CLASS", "The class id: the INSTANCEID of the class enrolment.")]
Day = Annotated[datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Set this date.")]


@app.command()
def enrolments(contact: ContactId, class_: ClassId, *, json: AsJson = False) -> None:
    """Show a student's enrolments in the units of a class, with outcome, status and dates.

    The first column holds the ids that update-unit takes. Exit code 1 if the
    student is not enrolled in the class.

    Example: dcs-mirror axcelerate enrolments 4711 1020
    """
    found = _with_client(lambda client: client.class_enrolments(contact, class_))
    if json:
        print_json(found)
    else:
        headings = {"unit": "right", "code": "left", "name": "left", "competent": "right"}
        headings |= {"status": "left", "from": "left", "to": "left"}
        rows = [
            [u.id, u.code, u.name, u.competent, u.status, u.start_date, u.finish_date]
            for enrolled in found
            for u in enrolled.units()
        ]
        print_table(headings, [["" if cell is None else str(cell) for cell in row] for row in rows])
    if not found:
        typer.echo(f"contact {contact} is not enrolled in class {class_}", err=True)
        raise typer.Exit(1)


@app.command("update-unit")
def update_unit(
    contact: ContactId,
    class_: ClassId,
    unit: Annotated[int, _id("UNIT", "The unit's id: the ID of the unit enrolment, not its INSTANCEID.")],
    *,
    competent: Annotated[
        int | None,
        typer.Option(
            metavar="CODE",
            min=1,
            max=999,
            help="The outcome: 20 competent, 30 not achieved, 40 withdrawn, 51 recognition of prior "
            "learning, 60 credit transfer, 70 continuing, 85 not started, or another code.",
        ),
    ] = None,
    start: Day = None,
    end: Day = None,
) -> None:
    """Set a student's outcome in a unit, its dates, or both. What is not given stays unchanged.

    Example: dcs-mirror axcelerate update-unit 4711 1020 93 --competent 20 \\
      --end 2026-06-30
    """
    from dcs_mirror.axcelerate import units
    from dcs_mirror.axcelerate.records import UnitUpdate

    if competent is None and start is None and end is None:
        raise typer.BadParameter("nothing to set: give --competent, --start or --end")
    _in_order(start, end)
    wanted = UnitUpdate(
        contact_id=contact,
        class_id=class_,
        unit_id=unit,
        competent=competent,
        start_date=_day(start),
        end_date=_day(end),
    )
    _with_client(lambda client: units.update(client, wanted))
    typer.echo(f"unit {unit} of contact {contact} in class {class_} is set", err=True)


@app.command("update-units")
def update_units(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, readable=True, help="A CSV file in UTF-8."
        ),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; show what would happen to each row.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also repeat updates that an earlier run of this file applied.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Set the outcomes and dates of many units from a CSV file with one row for each unit.

    The heading names the columns contact_id, class_id and unit_id, and at least
    one of competent, start_date and end_date (YYYY-MM-DD). An empty cell leaves a
    value unchanged. If any row is invalid, nothing is sent.

    Each update is one call; AXCELERATE_RATE limits the calls in a minute. Calls
    are journalled in the mirror's database. Rerunning a stopped run resumes it:
    applied updates are skipped, and an update that may have been applied is
    checked first. Exit code 1 if a row failed.

    Example: dcs-mirror axcelerate update-units outcomes.csv --dry-run
    """
    from dcs_mirror.axcelerate import batch, unit_file
    from dcs_mirror.axcelerate import settings as configuration
    from dcs_mirror.cli.progress import rows_shown

    updates = unit_file.read(file.name, file.read_bytes())
    settings, clock = configuration.load(), _clock()
    if dry_run:
        set_up_log()
        with rows_shown() as landed:
            report = run(lambda: batch.rehearse(settings, clock, updates, landed))
    else:
        settings.tokens()
        mirror, url = prepare()
        with rows_shown() as landed:
            report = run_reported(
                lambda begun: batch.update_units(
                    settings, mirror.clock(), url, updates, landed, begun, again=again
                ),
                go_on="Run the same command again: it checks unanswered updates and sends the others",
            )
    _finish(report, as_json=json)


@app.command()
def modules(
    contact: ContactId,
    class_: ClassId,
    *,
    status: Annotated[
        list[int] | None,
        typer.Option(
            metavar="ID", min=1, max=LARGEST_ID, help="A status id; may be repeated. Default: 1 and 2."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Show a student's modules in the learning plan of a class.

    By default those with the status Enrolled (1) or In Progress (2).
    `module-report` lists all statuses.

    Example: dcs-mirror axcelerate modules 4711 1020 --status 2
    """

    def read(client: "AxcelerateClient") -> "Awaitable[list[ModuleEnrolment]]":
        if status:
            return client.module_enrolments(contact, class_, statuses=status)
        return client.module_enrolments(contact, class_)

    found = _with_client(read)
    if json:
        print_json(found)
        return
    headings = {"enrolment": "right", "module enrolment": "right", "module": "left", "status": "left"}
    headings |= {"from": "left", "to": "left", "plan": "left"}
    rows = [
        [
            m.enrol_id,
            m.module_enrolment_id,
            m.module_name,
            m.status,
            m.start_date,
            m.end_date,
            m.learning_plan_name,
        ]
        for m in found
    ]
    print_table(headings, [["" if cell is None else str(cell) for cell in row] for row in rows])


@app.command("module-report")
def module_report() -> None:
    """Print the statuses that a module enrolment may have and the fields of its report, as JSON.

    Example: dcs-mirror axcelerate module-report
    """

    async def both(client: "AxcelerateClient") -> dict[str, object]:
        return {"statuses": await client.module_statuses(), "fields": await client.module_fields()}

    print_json(_with_client(both))


@app.command("update-module")
def update_module(
    contact: ContactId,
    class_: ClassId,
    enrolment: Annotated[int, _id("ENROLMENT", "The enrolment's id, as `modules` shows it.")],
    module: Annotated[int, _id("MODULE", "The module enrolment's id, as `modules` shows it.")],
    *,
    access: Annotated[
        Literal["unlocked", "locked", "clear"] | None,
        typer.Option(help="Unlock or lock the module regardless of the plan, or clear that override."),
    ] = None,
    start: Day = None,
    end: Day = None,
) -> None:
    """Set access to a module of a learning plan, its dates, or both; print the result as JSON.

    Example: dcs-mirror axcelerate update-module 4711 1020 311 8 --access unlocked
    """
    from dcs_mirror.axcelerate.records import ModuleUpdate

    if access is None and start is None and end is None:
        raise typer.BadParameter("nothing to set: give --access, --start or --end")
    _in_order(start, end)
    wanted = ModuleUpdate(
        contact_id=contact,
        enrol_id=enrolment,
        class_id=class_,
        module_enrolment_id=module,
        access=access,
        start_date=_day(start),
        end_date=_day(end),
    )
    print_json(_with_client(lambda client: client.update_module(wanted)))


def _with_client(work: "Callable[[AxcelerateClient], Awaitable[T]]") -> T:
    """Run ``work`` with a client of aXcelerate. Does not need the mirror's database.

    Raises:
        MirrorError: if a setting is invalid, or as ``work`` raises.
    """
    from dcs_mirror.axcelerate import settings as configuration
    from dcs_mirror.axcelerate.client import AxcelerateClient

    set_up_log()
    settings, clock = configuration.load(), _clock()

    async def connected() -> T:
        async with AxcelerateClient(settings, clock) as client:
            return await work(client)

    return run(connected)


def _finish(report: "BatchReport", *, as_json: bool) -> None:
    """Print the report and exit with its exit code."""
    import msgspec

    counts = Counter(row.outcome for row in report.rows)
    if as_json:
        rows = [
            {"row": row.row} | msgspec.to_builtins(row.update) | {"outcome": row.outcome, "error": row.error}
            for row in report.rows
        ]
        document = {"dry_run": report.is_rehearsal, "requests": report.requests}
        print_json(document | {"seconds": round(report.seconds, 3), "outcomes": counts, "rows": rows})
    else:
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
        typer.echo(
            f"{counted(len(report.rows), 'row')}: {outcomes} "
            f"({counted(report.requests, 'request')}, {report.seconds:.1f} s)"
        )
        for row in report.failures:
            typer.echo(f"row {row.row} {row.outcome}" + (f": {row.error}" if row.error else ""))
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)


def _clock() -> "Clock":
    from dcs_mirror.clock import Clock

    return Clock()


def _in_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and end < start:
        raise typer.BadParameter("--end is before --start")


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
