"""`dcs-mirror reconcile` and `dcs-mirror rehearse-rollover`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import AsJson, HeiId, OnlyHeis, Quiet, only_one, print_in_one_line, print_json
from dcs_mirror.plain_text import one_line

if TYPE_CHECKING:
    from dcs_mirror.reconcile.registered_columns import ColumnRewrite
    from dcs_mirror.sync.mirror import ReconcileResult


def reconcile(
    *,
    hei: OnlyHeis = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Rerun reconciliation on stored data: look-ups owed, registered columns, recheck flags.

    A sync does this for what it changes. Run it after registering a column, or
    once a column that could not be rewritten is fixed. Running it again changes
    nothing. Exit code 1 if something is still to be done.

    Example: dcs-mirror reconcile --hei 108
    """
    from dcs_mirror.sync import mirror

    only_one(quiet=quiet, as_json=json)
    done = with_runtime(
        lambda runtime: mirror.reconcile(runtime, hei or ()),
        prepared=prepare(quiet=quiet),
        needs_dcs=False,
    )
    is_complete = all(institution.is_complete for institution in done)
    if json:
        print_json({"institutions": [asdict(institution) for institution in done]})
    elif quiet:
        if not is_complete:
            print_in_one_line("something is still to be done", _left(done))
    else:
        for institution in done:
            typer.echo(
                f"institution {institution.hei_id}: {institution.look_ups} looked up, "
                f"{institution.flagged} flagged, {institution.resolved} flags resolved"
            )
            if institution.look_ups_owed:
                typer.echo(
                    f"  {institution.look_ups_owed} items have an id of an earlier year and are still to be "
                    "looked up; that needs DCS credentials"
                )
            _print_columns(institution.columns)
    if not is_complete:
        raise typer.Exit(1)


def _left(done: "list[ReconcileResult]") -> list[str]:
    """Return what is left to do, in words."""
    owed = [
        f"institution {institution.hei_id}: {institution.look_ups_owed} items are still to be looked up"
        for institution in done
        if institution.look_ups_owed
    ]
    failed = {column.column: column.error for found in done for column in found.columns if column.error}
    return owed + [f"{column}: {error}" for column, error in failed.items()]


def rehearse_rollover(hei: HeiId, *, json: AsJson = False) -> None:
    """Rehearse the June rollover of one institution on the mirror's own data. Changes nothing.

    Replaces every request id of the institution, in the mirror and in the
    registered columns, in a transaction that is always rolled back. Shows how
    many rows are affected, how long it takes, and what would fail: missing
    permissions, unique violations, dropped tables. Rows are locked meanwhile, as
    in June.

    Example: dcs-mirror rehearse-rollover 108
    """
    from dcs_mirror.sync import mirror

    rehearsal = with_runtime(lambda runtime: mirror.rehearse_rollover(runtime, hei), needs_dcs=False)
    if json:
        print_json(asdict(rehearsal))
    else:
        typer.echo(
            f"institution {rehearsal.hei_id}: {rehearsal.content_items} content items renumbered "
            f"in {rehearsal.seconds:.2f} s"
        )
        _print_columns(rehearsal.columns)
        typer.echo("Nothing was changed.")
    if any(column.error for column in rehearsal.columns):
        raise typer.Exit(1)


def _print_columns(columns: "list[ColumnRewrite]") -> None:
    for column in columns:
        result = f"{column.rows} rows in {column.seconds:.2f} s"
        typer.echo(one_line(f"  {column.column}: {f'FAILED: {column.error}' if column.error else result}"))
