"""`dcs-mirror restored`."""

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import AsJson, print_json


def restored(*, json: AsJson = False) -> None:
    """Run this once after a backup of the database was restored, before anything else.

    A backup takes back what the mirror did after it, but not what other systems
    read from the mirror, nor what was sent to the DCS. So this command

    - moves all numbers on (item keys, change ids, ids of calls and runs), because
    those that were handed out after the backup must not be handed out again;

    - gives dcs.feed_state a new epoch, on which followers of the change feed read
    everything again;

    - forgets the numbers of students: amend-course needs --students until one was
    sent again, and students push sends all of them.

    A restore by pg_restore, into another database or to a point in time, a copy
    of the database and a fail-over are noticed by the next command that writes,
    which then does the same. What cannot be noticed is a folder, a disk or a
    machine that was copied back.

    Exit code 0 if a new epoch began, 4 if the database cannot be reached. Running
    it again does no harm: it begins another epoch.

    Example: dcs-mirror restored && dcs-mirror sync
    """
    from dcs_mirror.store import restored as store

    epoch = with_mirror(
        lambda connection, settings: store.begin_epoch(connection, now=settings.clock().now())
    )
    if json:
        print_json({"epoch": str(epoch)})
    else:
        typer.echo(f"epoch {epoch} began: {store.FOLLOWS}")
