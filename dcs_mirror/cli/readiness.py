"""`dcs-mirror readiness`: what would block the June rollover."""

from dataclasses import asdict, fields
from typing import Annotated

import typer

from dcs_mirror.cli.looking import with_mirror
from dcs_mirror.cli.report import AsJson, OnlyHei, print_csv, print_json, print_table


def readiness(
    *,
    hei: OnlyHei = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also courses whose number of students is not known here.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    json: AsJson = False,
) -> None:
    """Show the courses that would block the June rollover: no course rolls over with 0 students.

    Empty courses count too; archived ones may have none. The DCS never tells a number of students, so
    this goes by what was last sent from here: "blocks" is a course that was last given 0, "unknown" one
    that was never given a number from here. Give it one, or archive it: `dcs-mirror amend-course --help`.
    """
    from dcs_mirror.outbound.readiness import Obstacle, obstacles

    if as_csv and json:
        raise typer.BadParameter("give --csv or --json, not both")
    found = with_mirror(lambda connection, _: obstacles(connection, hei))
    shown = [obstacle for obstacle in found if everything or obstacle.verdict == "blocks"]
    if json:
        print_json([asdict(obstacle) for obstacle in shown])
    elif as_csv:
        print_csv((field.name for field in fields(Obstacle)), (asdict(o).values() for o in shown))
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
                f"{o.students} on {o.sent_at:%Y-%m-%d}" if o.sent_at else "never",
            ]
            for o in shown
        ]
        if rows:
            print_table(headings, rows)
        blocking = sum(o.verdict == "blocks" for o in found)
        typer.echo(
            f"{blocking} courses would block the rollover; the number of students of {len(found) - blocking} "
            "is not known here" + ("" if everything else " (--all lists them)")
        )
