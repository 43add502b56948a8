"""`dcs-mirror restored`."""

import typer

from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import AsJson, print_json


def restored(*, json: AsJson = False) -> None:
    """Run this once after a backup of the database was restored, before anything else.

    A backup takes back what the mirror did after it, but not what other systems
    read from the mirror, nor what was sent to the DCS. So this command

    - moves all numbers on: item keys, change ids, ids of calls and runs. A number
    that was given out after the backup must not be given out again;

    - gives dcs.feed_state a new epoch, on which followers of the change feed read
    everything again;

    - forgets the numbers of students: amend-course needs --students until one was
    sent again, and students push sends all of them.

    The next command that writes notices most restores, and then does the same. It
    notices pg_restore, a restore to a point in time, a copy of the database, and a
    fail-over. It cannot notice that a folder, a disk or a machine was copied back.

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
