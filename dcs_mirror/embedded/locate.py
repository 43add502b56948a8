"""The address of the database: the one that the settings name, or the embedded server's."""

from pathlib import Path
from typing import TYPE_CHECKING

from dcs_mirror.settings import Settings

if TYPE_CHECKING:
    from dcs_mirror.embedded.server import EmbeddedServer


def database_url(settings: Settings) -> str:
    """Return the database's URL. Without ``DCS_DATABASE_URL``, start the embedded server and return its URL.

    Raises:
        DatabaseUnavailable: if the embedded server is not installed or does not start.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_url(settings.data_dir)


def embedded_url(data_dir: Path, database: str = "dcs_mirror") -> str:
    """Start the embedded server, create a database in it if need be, and return the database's URL.

    Raises:
        DatabaseUnavailable: if the embedded server is not installed or does not start.
    """
    server = embedded_server(data_dir)
    server.start()
    server.ensure_database(database)
    return server.url(database)


def embedded_server(data_dir: Path) -> "EmbeddedServer":
    """Return the embedded server of a data folder, running or not.

    Raises:
        DatabaseUnavailable: if it is not installed.
    """
    from dcs_mirror.embedded.server import EmbeddedServer  # noqa: PLC0415 - not needed with a server

    return EmbeddedServer(data_dir)
