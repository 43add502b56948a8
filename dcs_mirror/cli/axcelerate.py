"""`dcs-mirror axcelerate`: enrolments in the student record system aXcelerate."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from dcs_mirror.cli.program import prepare, run, run_reported, set_up_log
from dcs_mirror.cli.report import LARGEST_ID, AsJson, print_json, print_table

if TYPE_CHECKING:
    from dcs_mirror.axcelerate.batch import BatchReport
    from dcs_mirror.axcelerate.client import AxcelerateClient
    from dcs_mirror.clock import Clock

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="Read and update enrolments in the student record system aXcelerate. Needs AXCELERATE_SUBDOMAIN, "
    "AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN.",
)


def _id(metavar: str, told: str) -> typer.models.ArgumentInfo:
    found: typer.models.ArgumentInfo = typer.Argument(metavar=metavar, min=1, max=LARGEST_ID, help=told)
    return found


ContactId = Annotated[int, _id("CONTACT", "The student's contact id.")]
ClassId = Annotated[int, _id("CLASS", "The class id: the INSTANCEID of the class enrolment.")]
Day = Annotated[datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Set this date.")]


@app.command()
def enrolments(contact: ContactId, class_: ClassId, *, json: AsJson = False) -> None:
    """Show how a student stands in the units of a class.

    The ids of the first column are those that update-unit takes. Exit code 1 where the student is not
    enrolled in that class.
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
    """Set a student's outcome in a unit, its dates, or both; what is not given stays as it is."""
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
        bool, typer.Option("--dry-run", help="Set nothing: say what each row would come to.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make updates again that an earlier run of this file applied.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Set the outcomes and dates of many units, from a file with one row for each.

    The file has a heading with the columns contact_id, class_id, unit_id, and competent, start_date,
    end_date (YYYY-MM-DD) or some of these; an empty cell leaves a value as it is. Where any row cannot
    be right, nothing is sent.

    aXcelerate takes one update a call, AXCELERATE_RATE a minute. Each call is journalled in the mirror's
    database. A run that was stopped goes on when the same command is given again: what was applied is
    left out, and what may have been is looked at first. Exit code 1 where a row failed.
    """
    from dcs_mirror.axcelerate import batch, unit_file
    from dcs_mirror.axcelerate import settings as configuration
    from dcs_mirror.cli.progress import rows_shown

    asked = unit_file.read(file.name, file.read_bytes())
    settings, clock = configuration.load(), _clock()
    if dry_run:
        set_up_log()
        with rows_shown() as landed:
            report = run(lambda: batch.rehearse(settings, clock, asked, landed))
    else:
        settings.tokens()
        mirror, url = prepare()
        with rows_shown() as landed:
            report = run_reported(
                lambda begun: batch.update_units(
                    settings, mirror.clock(), url, asked, landed, begun, again=again
                ),
                go_on="Give the same command again: it looks at what is unanswered, and sends the others",
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
            metavar="ID", min=1, max=LARGEST_ID, help="A status id; may be repeated. By default 1, 2."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Show a student's modules in the learning plan of a class: those Enrolled (1) or In Progress (2)."""
    found = _with_client(
        lambda client: client.module_enrolments(contact, class_, statuses=tuple(status or (1, 2)))
    )
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
    """Print the statuses of a module enrolment and the fields its report knows, in aXcelerate's JSON."""

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
        typer.Option(help="Unlock or lock the module whatever the plan says, or clear such an override."),
    ] = None,
    start: Day = None,
    end: Day = None,
) -> None:
    """Set access to a module of a learning plan, its dates, or both; print what it is now, in JSON."""
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
    """Runs ``work`` with a client of aXcelerate; the mirror's database is not needed.

    Raises:
        MirrorError: where a setting cannot be right; as ``work`` does.
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
    """Prints the report and ends the program with its exit code."""
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
        said = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
        typer.echo(f"{len(report.rows)} rows: {said} ({report.requests} requests, {report.seconds:.1f} s)")
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
