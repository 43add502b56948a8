"""`dcs-mirror db`: the embedded server."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from dcs_mirror.embedded.server import EmbeddedServer

app = App(
    no_args_is_help=True,
    help="The embedded PostgreSQL server, which is used if DCS_DATABASE_URL is not set.",
)

Database = Annotated[
    str, typer.Option("--database", "-d", help="Name of the database; the demo's is dcs_demo.")
]


@app.command()
def url(database: Database = "dcs_mirror") -> None:
    """Start the server if it is not running, and print the URL of the mirror's database.

    psql and every PostgreSQL driver accept the URL, on this machine and for this
    user.

    Example: pg_dump "$(dcs-mirror db url)" > mirror.sql
    """
    from dcs_mirror.embedded.locate import embedded_url

    typer.echo(embedded_url(_data_dir(), database))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context, database: Database = "dcs_mirror") -> None:
    """Open psql on the mirror's database. Further arguments are passed to psql.

    Example: dcs-mirror db psql -c 'SELECT * FROM dcs.institution'
    """
    from dcs_mirror.embedded.locate import embedded_url

    address = embedded_url(_data_dir(), database)
    program = str(_server().psql_path)
    os.execv(program, [program, address, *context.args])  # noqa: S606 - psql replaces this process


@app.command()
def stop() -> None:
    """Stop the embedded server. The next command that needs it starts it again.

    Example: dcs-mirror db stop
    """
    typer.echo("stopped" if _server().stop() else "was not running", err=True)


def _server() -> "EmbeddedServer":
    from dcs_mirror.embedded.locate import embedded_server

    return embedded_server(_data_dir())


def _data_dir() -> "Path":
    from dcs_mirror import settings
    from dcs_mirror.cli.program import set_up_log

    set_up_log()
    loaded = settings.load()
    if loaded.database_url is not None:
        raise SettingsError("DCS_DATABASE_URL is set, so the embedded server is not used: use that server")
    return loaded.data_dir
