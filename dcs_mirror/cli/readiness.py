"""`dcs-mirror readiness`: courses that would block the June rollover."""

from collections import Counter
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import AsJson, OnlyHei, print_csv, print_json
from dcs_mirror.cli.tables import print_table
from dcs_mirror.plain_text import counted

if TYPE_CHECKING:
    from dcs_mirror.writes.readiness import RolloverObstacle


def readiness(
    *,
    hei: OnlyHei = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also show courses whose number of students is not known.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    json: AsJson = False,
) -> None:
    """Show the courses that would block the June rollover: no course rolls over with 0 students.

    Courses without content count, too. Archived courses may have 0 students. The
    DCS never returns the number of students, so this uses the numbers that this
    mirror last sent. The verdict on a course is

    - blocks: the last number was 0;

    - may block: it depends on a call without an answer. `dcs-mirror calls
    --unknown` lists such calls;

    - unknown: this mirror never sent a number for the course.

    To unblock a course, send a number of students, or archive the course.

    Examples:
    dcs-mirror readiness --hei 108 --csv > readiness.csv
    dcs-mirror amend-course 108 'HIST 101' --students 25
    """
    from dcs_mirror.writes.readiness import RolloverObstacle, rollover_obstacles

    if as_csv and json:
        raise typer.BadParameter("give --csv or --json, not both")
    found = with_mirror(lambda connection, _: rollover_obstacles(connection, hei))
    shown = [obstacle for obstacle in found if everything or obstacle.verdict != "unknown"]
    if json:
        print_json([asdict(obstacle) for obstacle in shown])
    elif as_csv:
        print_csv((field.name for field in fields(RolloverObstacle)), (asdict(o).values() for o in shown))
    else:
        headings = dict.fromkeys(
            ("HEI", "course", "name", "verdict", "content items", "students sent"), "left"
        )
        rows = [
            [
                str(o.hei_id),
                o.course_code,
                (o.name or "")[:50],
                o.verdict,
                str(o.content_items),
                _sent(o),
            ]
            for o in shown
        ]
        if rows:
            print_table(headings, rows)
        counts = Counter(o.verdict for o in found)
        may = f", {counts['may block']} may" if counts["may block"] else ""
        blocks, unknown = counted(counts["blocks"], "course"), counted(counts["unknown"], "course")
        hint = "" if everything else " (--all lists them)"
        typer.echo(
            f"{blocks} would block the rollover{may}; the number of students of {unknown} is not known{hint}"
        )


def _sent(obstacle: "RolloverObstacle") -> str:
    sent = f"{obstacle.students} on {obstacle.sent_at:%Y-%m-%d}" if obstacle.sent_at else "never"
    return sent if obstacle.open_call is None else f"{sent}; call {obstacle.open_call} has no answer"
