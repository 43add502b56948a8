"""The command line: thin doors to the use cases, with no rules of their own."""

import sys
from typing import Annotated

import typer

from dcs_mirror.cli import (
    axcelerate,
    calls,
    db,
    demo,
    doctor,
    flags,
    migrate,
    purge,
    quarantine,
    readiness,
    reconcile,
    resolve,
    sandbox,
    status,
    students,
    sync,
    targets,
    write,
)
from dcs_mirror.errors import MirrorError
from dcs_mirror.version import __version__

EXIT_CODES = """
Exit codes: 0 everything landed; 1 some institutions failed or were held, the rest landed; 2 usage or
settings; 3 credentials missing or refused; 4 nothing could be done (the DCS or the database cannot be
reached, the schema does not fit); 130 interrupted, what had landed stays.
"""

app = typer.Typer(
    name="dcs-mirror",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog=EXIT_CODES,
    help="Mirror the CLA Digital Content Store into PostgreSQL, and keep request ids right over the years.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"dcs-mirror {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The options of every command."""


app.command()(migrate.migrate)
app.command()(sync.sync)
app.command()(sync.refresh)
app.command()(reconcile.reconcile)
app.command()(resolve.resolve)
app.add_typer(targets.app, name="targets")
app.add_typer(flags.app, name="flags")
app.command()(quarantine.quarantine)
app.command("rehearse-rollover")(reconcile.rehearse_rollover)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(purge.purge)
app.add_typer(axcelerate.app, name="axcelerate")
app.command("submit-request")(write.submit_request)
app.command("submit-course")(write.submit_course)
app.command("amend-course")(write.amend_course)
app.add_typer(calls.app, name="calls")
app.command()(readiness.readiness)
app.add_typer(students.app, name="students")
app.command()(sandbox.sandbox)
app.command()(demo.demo)
app.add_typer(db.app, name="db")


def main() -> None:
    """Runs the command line; an error that the user can mend is one line on standard error."""
    try:
        app()
    except MirrorError as error:
        typer.echo(f"dcs-mirror: {error}", err=True)
        sys.exit(error.exit_code)
