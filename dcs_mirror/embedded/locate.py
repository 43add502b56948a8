"""The address of the database: the one that the settings name, or the embedded server's."""

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcs_mirror.errors import DatabaseUnavailable, SettingsError
from dcs_mirror.settings import Settings

if TYPE_CHECKING:
    from dcs_mirror.embedded.server import EmbeddedServer


def database_url(settings: Settings) -> str:
    """Return the database's URL. Without ``DCS_DATABASE_URL``, start the embedded server and return its URL.

    Raises:
        DatabaseUnavailable: if the embedded server is not installed or does not start.
        SettingsError: if nothing says which user of the database this is.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        _require_user(url)
        return url
    return embedded_url(settings.data_dir)


def _require_user(url: str) -> None:
    """Raise ``SettingsError`` if an address names no user and this process's user has no name either."""
    if urlsplit(url).username or os.environ.get("PGUSER") or "user=" in url or "service=" in url:
        return
    try:
        getpass.getuser()
    except (KeyError, OSError):
        raise SettingsError(
            f"user {os.geteuid()} of this machine has no name, and DCS_DATABASE_URL names none: "
            "write postgresql://USER@…, or set PGUSER"
        ) from None


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

    if data_dir.parts[:1] == ("~",):
        raise DatabaseUnavailable(
            "this user has no home folder for the embedded server: set DCS_DATABASE_URL to a PostgreSQL "
            "server, or DCS_DATA_DIR to a folder that this user may write"
        )
    return EmbeddedServer(data_dir)
