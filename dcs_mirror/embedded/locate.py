"""Where the database is: the one that the settings name, or the embedded server."""

from pathlib import Path
from typing import TYPE_CHECKING

from dcs_mirror.settings import Settings

if TYPE_CHECKING:
    from dcs_mirror.embedded.server import EmbeddedServer


def database_url(settings: Settings) -> str:
    """The database's address; without ``DCS_DATABASE_URL`` the embedded server is started.

    Raises:
        DatabaseUnavailable: where the embedded server is not installed or does not start.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_url(settings.data_dir)


def embedded_url(data_dir: Path, database: str = "dcs_mirror") -> str:
    """The address of a database on the embedded server, which is started, and the database created.

    Raises:
        DatabaseUnavailable: where the embedded server is not installed or does not start.
    """
    server = embedded_server(data_dir)
    server.start()
    server.ensure_database(database)
    return server.url(database)


def embedded_server(data_dir: Path) -> "EmbeddedServer":
    """The embedded server of a data directory, running or not.

    Raises:
        DatabaseUnavailable: where it is not installed.
    """
    from dcs_mirror.embedded.server import EmbeddedServer  # noqa: PLC0415 - not needed with a server

    return EmbeddedServer(data_dir)
