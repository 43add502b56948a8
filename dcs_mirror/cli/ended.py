"""How a run or a reconciliation ended: what is printed of it, and the exit code."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from dcs_mirror.cli.report import failures, print_in_one_line, print_json, summary
from dcs_mirror.plain_text import counted, one_line

if TYPE_CHECKING:
    from dcs_mirror.reconcile.registered_columns import ColumnRewrite
    from dcs_mirror.sync.mirror import ReconcileResult
    from dcs_mirror.sync.report import Report


def end_run(report: "Report", *, as_json: bool, quiet: bool) -> None:
    """Print the report of a run, and end the command with its exit code.

    Raises:
        MirrorError: what ended the run early.
    """
    if as_json:
        print_json(
            {
                "run_id": report.run_id,
                "outcome": report.outcome,
                "requests": report.requests,
                "seconds": round(report.seconds, 3),
                "institutions": [asdict(outcome) for outcome in report.institutions],
            }
        )
    elif quiet:
        if report.error is None and report.exit_code:
            print_in_one_line(report.outcome, failures(report))
    elif report.institutions or report.error is None:
        typer.echo(summary(report))
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)


def end_reconciliation(done: "list[ReconcileResult]", *, as_json: bool, quiet: bool) -> None:
    """Print what a reconciliation did; end the command with exit code 1 if something is still to be done."""
    is_complete = all(institution.is_complete for institution in done)
    if as_json:
        print_json({"institutions": [asdict(institution) for institution in done]})
    elif quiet:
        if not is_complete:
            print_in_one_line("something is still to be done", _left(done))
    else:
        for institution in done:
            typer.echo(
                f"institution {institution.hei_id}: {institution.look_ups} looked up, "
                f"{institution.flagged} flagged, {counted(institution.resolved, 'flag')} resolved"
            )
            if institution.look_ups_owed:
                typer.echo(
                    f"  {counted(institution.look_ups_owed, 'item')} with an id of another year still to be "
                    "looked up. If DCS credentials are set, this command or the next sync does it"
                )
            print_columns(institution.columns)
    if not is_complete:
        raise typer.Exit(1)


def print_columns(columns: "list[ColumnRewrite]") -> None:
    """Print what was done to each registered column, a line each."""
    for column in columns:
        result = f"{counted(column.rows, 'row')} in {column.seconds:.2f} s"
        typer.echo(one_line(f"  {column.column}: {f'FAILED: {column.error}' if column.error else result}"))


def _left(done: "list[ReconcileResult]") -> list[str]:
    """Return what is left to do, in words."""
    owed = [
        f"institution {institution.hei_id}: {counted(institution.look_ups_owed, 'item')} still to be "
        "looked up"
        for institution in done
        if institution.look_ups_owed
    ]
    failed = {column.column: column.error for found in done for column in found.columns if column.error}
    return owed + [f"{column}: {error}" for column, error in failed.items()]
