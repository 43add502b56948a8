"""`dcs-mirror migrate`."""

import typer

from dcs_mirror.cli.running import prepared, run


def migrate() -> None:
    """Create or upgrade the database schema.

    Safe to repeat and to run from several machines at once. It works on the database that
    DCS_DATABASE_URL names, or on the embedded server. Everything happens in one transaction.
    """
    from dcs_mirror.store import migrate as schema
    from dcs_mirror.store.database import address

    _, url = prepared()
    upgraded = run(lambda: schema.migrate(url))
    typer.echo(f"{'upgraded' if upgraded else 'already up to date'}: {address(url)}", err=True)
