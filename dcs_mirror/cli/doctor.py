"""`dcs-mirror doctor`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from dcs_mirror.cli.program import run, set_up_log
from dcs_mirror.cli.report import AsJson, print_json
from dcs_mirror.cli.tables import print_table

if TYPE_CHECKING:
    from dcs_mirror.doctor import Finding


def doctor(*, json: AsJson = False) -> None:
    """Check everything that a sync needs, and say how to fix each problem. Changes nothing.

    Checks the settings, the credentials, each method of the DCS, this machine's
    clock, the database with its schema and roles, and registered columns. Checks
    the state of the mirror, too: held or stale institutions, look-ups owed, runs
    that never ended. aXcelerate and the database of student numbers are checked
    if they are configured. Exit code 1 if there is a problem; warnings do not
    count.

    Example: dcs-mirror doctor --json
    """
    from dcs_mirror import doctor as examination
    from dcs_mirror.doctor import Level

    set_up_log()
    findings = run(examination.examine)
    if json:
        print_json({"outcome": examination.worst(findings), "findings": [asdict(f) for f in findings]})
    else:
        headings = {"check": "left", "": "left", "found, and what to do": "left"}
        print_table(headings, [[f.check, f.level, _in_lines(f)] for f in findings])
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(1)


def _in_lines(finding: "Finding") -> list[str]:
    """Return what was found, and on a line of its own what to do about it."""
    return [finding.found, *([f"to do: {finding.todo}"] if finding.todo else [])]
