"""`dcs-mirror reconcile` and `dcs-mirror rehearse-rollover`."""

from dataclasses import asdict

import typer

from dcs_mirror.cli.ended import end_reconciliation, print_columns
from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import AsJson, HeiId, OnlyHeis, Quiet, only_one, print_json
from dcs_mirror.plain_text import counted


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
    end_reconciliation(done, as_json=json, quiet=quiet)


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
            f"institution {rehearsal.hei_id}: {counted(rehearsal.content_items, 'content item')} renumbered "
            f"in {rehearsal.seconds:.2f} s"
        )
        print_columns(rehearsal.columns)
        typer.echo("Nothing was changed.")
    if any(column.error for column in rehearsal.columns):
        raise typer.Exit(1)
