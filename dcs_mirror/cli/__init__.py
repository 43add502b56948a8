"""The command line: parses options, calls the use cases, prints the results. Holds no rules of the domain."""

import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer
import typer.main

from dcs_mirror import descriptors
from dcs_mirror.cli import (
    accounts,
    axcelerate,
    calls,
    db,
    demo,
    doctor,
    enqueue,
    flags,
    jobs,
    links,
    migrate,
    notify,
    prune,
    purge,
    quarantine,
    readers,
    readiness,
    reconcile,
    requests,
    resolve,
    restored,
    sandbox,
    serve,
    status,
    students,
    sync,
    targets,
    worker,
    write,
)
from dcs_mirror.cli.help import DOWNSTREAM, LOOK, MAINTAIN, MIRROR, TRY, WRITE, App
from dcs_mirror.cli.terminal import guard_output, lost_output
from dcs_mirror.errors import NOTHING_DONE, MirrorError, explained
from dcs_mirror.plain_text import one_line
from dcs_mirror.version import __version__

EXIT_CODES = (
    "Exit codes: 0 everything was applied; 1 some institutions failed or were held (the rest was applied), "
    "or the institution, id or job that the command names is not known; 2 invalid usage or settings; "
    "3 credentials missing or refused; 4 nothing could be done (the DCS or the database cannot be reached, "
    "or the schema does not match); 130 interrupted, what was applied before stays."
)

app = App(
    name="dcs-mirror",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES,
    help="Mirror the CLA Digital Content Store (DCS) into PostgreSQL, and keep stored request ids valid from "
    "year to year. Start with `dcs-mirror demo`, which needs no credentials; then `dcs-mirror doctor` and "
    "`dcs-mirror sync`.",
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
    """Options of the program itself."""


app.command(rich_help_panel=MIRROR)(migrate.migrate)
app.command(rich_help_panel=MIRROR)(sync.sync)
app.command(rich_help_panel=MIRROR)(sync.refresh)
app.command(rich_help_panel=MIRROR)(reconcile.reconcile)
app.command(rich_help_panel=MIRROR)(worker.worker)
app.add_typer(enqueue.app, name="enqueue", rich_help_panel=MIRROR)
app.add_typer(jobs.app, name="jobs", rich_help_panel=MIRROR)
app.command(rich_help_panel=MIRROR)(serve.serve)
app.command(rich_help_panel=MIRROR)(status.status)
app.command(rich_help_panel=MIRROR)(doctor.doctor)
app.command(rich_help_panel=MIRROR)(notify.notify)
app.command(rich_help_panel=LOOK)(resolve.resolve)
app.add_typer(links.app, name="links", rich_help_panel=LOOK)
app.add_typer(flags.app, name="flags", rich_help_panel=LOOK)
app.command(rich_help_panel=LOOK)(quarantine.quarantine)
app.command(rich_help_panel=LOOK)(readiness.readiness)
app.add_typer(targets.app, name="targets", rich_help_panel=DOWNSTREAM)
app.add_typer(readers.app, name="readers", rich_help_panel=DOWNSTREAM)
app.add_typer(accounts.app, name="accounts", rich_help_panel=DOWNSTREAM)
app.command("rehearse-rollover", rich_help_panel=DOWNSTREAM)(reconcile.rehearse_rollover)
app.command("submit-request", rich_help_panel=WRITE)(write.submit_request)
app.add_typer(requests.app, name="requests", rich_help_panel=WRITE)
app.command("submit-course", rich_help_panel=WRITE)(write.submit_course)
app.command("amend-course", rich_help_panel=WRITE)(write.amend_course)
app.add_typer(students.app, name="students", rich_help_panel=WRITE)
app.add_typer(calls.app, name="calls", rich_help_panel=WRITE)
app.add_typer(axcelerate.app, name="axcelerate", rich_help_panel=WRITE)
app.add_typer(db.app, name="db", rich_help_panel=MAINTAIN)
app.command(rich_help_panel=MAINTAIN)(restored.restored)
app.command(rich_help_panel=MAINTAIN)(prune.prune)
app.command(rich_help_panel=MAINTAIN)(purge.purge)
app.command(rich_help_panel=TRY)(demo.demo)
app.command(rich_help_panel=TRY)(sandbox.sandbox)


@cache
def command() -> Callable[..., object]:
    """Return the whole command line, ready to be called. To make it takes longer than most commands."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command line and exit with its code.

    A ``MirrorError``, and an error of the operating system, become one line on standard error.
    """
    guard_output()
    code = _exit_code()
    if reason := lost_output():
        typer.echo(f"dcs-mirror: standard output cannot be written: {reason}", err=True)
        code = code or 1
    sys.exit(code)


def _exit_code() -> int:
    """Run the command line; return its exit code."""
    try:
        descriptors.require()
        command()()
    except MirrorError as error:
        typer.echo(f"dcs-mirror: {error}", err=True)
        return error.exit_code
    except OSError as error:
        typer.echo(f"dcs-mirror: {one_line(explained(error))}", err=True)
        return NOTHING_DONE
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
