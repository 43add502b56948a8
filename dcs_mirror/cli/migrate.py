"""`dcs-mirror migrate`."""

import typer

from dcs_mirror.cli.program import prepare, run


def migrate() -> None:
    """Create or upgrade the database schema, in one transaction.

    Uses the database that DCS_DATABASE_URL names, else the embedded server. Safe
    to repeat, and to run on several machines at once.

    Example: dcs-mirror migrate
    """
    from dcs_mirror.database.connections import address
    from dcs_mirror.schema import migrate as schema

    settings, url = prepare(creates=True)
    upgraded = run(lambda: schema.migrate(url, settings.role_prefix))
    typer.echo(f"{'upgraded' if upgraded else 'already up to date'}: {address(url)}", err=True)
