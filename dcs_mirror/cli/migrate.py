"""`dcs-mirror migrate`."""

import typer

from dcs_mirror.cli.program import prepare, run


def migrate() -> None:
    """Create or upgrade the database schema.

    Safe to repeat and to run from several machines at once. It works on the database that
    DCS_DATABASE_URL names, or on the embedded server. Everything happens in one transaction.
    """
    from dcs_mirror.database.connections import address
    from dcs_mirror.schema import migrate as schema

    _, url = prepare()
    upgraded = run(lambda: schema.migrate(url))
    typer.echo(f"{'upgraded' if upgraded else 'already up to date'}: {address(url)}", err=True)
