"""`dcs-mirror db`: the embedded server."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import load_settings, run
from dcs_mirror.cli.report import AsJson, Quiet, only_one, print_json
from dcs_mirror.errors import SettingsError
from dcs_mirror.plain_text import counted, one_line

if TYPE_CHECKING:
    from dcs_mirror.backup.file import Description
    from dcs_mirror.embedded.server import EmbeddedServer
    from dcs_mirror.settings import Settings

app = App(
    no_args_is_help=True,
    help="The embedded PostgreSQL server, which is used if DCS_DATABASE_URL is not set.",
)

Database = Annotated[
    str, typer.Option("--database", "-d", help="Name of the database; the demo's is dcs_demo.")
]

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


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


@app.command()
def dump(file: BackupFile, *, quiet: Quiet = False, json: AsJson = False) -> None:
    """Back up the embedded server's mirror into a new file, as of one instant.

    FILE gets everything in the database dcs_mirror: the mirror, and tables of your
    own. It may be made while a sync runs. It appears when it is complete, is
    readable by you only, and never replaces a file. The server's own settings, and
    passwords of roles, are not in it.

    It is a tar archive: database.dump, which pg_restore of PostgreSQL 18 or newer
    reads, and description.json with its digest. `dcs-mirror db restore` of this
    release or a newer one restores it.

    Exit code 2 if FILE exists or cannot be made, 4 if there is no mirror or the
    server fails.

    Example: dcs-mirror db dump /srv/backup/dcs-$(date +%F).tar
    """
    from dcs_mirror.backup import transfer
    from dcs_mirror.embedded.locate import embedded_server, existing_url

    only_one(quiet=quiet, as_json=json)
    settings = _settings(quiet=quiet)
    existing_url(settings)
    description = run(
        lambda: transfer.dump(embedded_server(settings.data_dir), file, now=settings.clock().now())
    )
    if json:
        print_json({"file": str(file), "bytes": file.stat().st_size, **_facts(description)})
    elif not quiet:
        typer.echo(one_line(f"{file}: {_described(description)} ({file.stat().st_size:,} bytes)"))


@app.command()
def restore(
    file: BackupFile,
    *,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace a mirror that holds something; what it holds is lost."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Restore the embedded server's mirror from a file of `dcs-mirror db dump`.

    Sets up the server if it is new. Takes files of this release and of earlier
    ones, whose schema is brought up to date. Refuses a file that is damaged or of
    another program, and a database that is in use or, without --replace, not empty.
    The backup takes the database's place when all of it is there; if anything
    fails, the mirror is what it was.

    Then it does what `dcs-mirror restored` does: numbers move on, the change feed
    begins a new epoch, and numbers of students count as unknown. Roles that are
    missing are made again, without passwords.

    Exit code 2 if the file or the database is refused, 4 if the server fails.

    Example: dcs-mirror db restore dcs-2026-06-01.tar && dcs-mirror sync
    """
    from dcs_mirror.backup import transfer
    from dcs_mirror.store import restored

    settings = _settings()
    done = run(lambda: transfer.restore(_server(), file, replace=replace, now=settings.clock().now()))
    if json:
        print_json({"file": str(file), "epoch": str(done.epoch), **_facts(done.description)})
    else:
        typer.echo(one_line(f"restored {file}: {_described(done.description)}"))
        typer.echo(f"epoch {done.epoch} began: {restored.FOLLOWS}")


def _facts(description: "Description") -> dict[str, object]:
    contents = description.contents
    return {
        "dumped_at": description.dumped_at,
        "version": description.version,
        "institutions": contents.institutions,
        "content_items": contents.content_items,
        "last_change_id": contents.last_change_id,
    }


def _described(description: "Description") -> str:
    contents = description.contents
    return (
        f"the mirror of {description.dumped_at:%Y-%m-%d %H:%M:%S} UTC, by release {description.version}: "
        f"{counted(contents.institutions, 'institution')}, "
        f"{counted(contents.content_items, 'content item')}, changes up to {contents.last_change_id}"
    )


def _server() -> "EmbeddedServer":
    from dcs_mirror.embedded.locate import embedded_server

    return embedded_server(_data_dir())


def _data_dir() -> "Path":
    return _settings().data_dir


def _settings(*, quiet: bool = False) -> "Settings":
    loaded = load_settings(quiet=quiet)
    if loaded.database_url is not None:
        raise SettingsError(
            "DCS_DATABASE_URL is set, so the embedded server is not used: use that server, "
            "with pg_dump and pg_restore for its backups"
        )
    return loaded
