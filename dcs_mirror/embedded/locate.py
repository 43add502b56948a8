"""The address of the database: the one that the settings name, or the embedded server's."""

import atexit
import getpass
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcs_mirror.database import connections
from dcs_mirror.errors import DatabaseUnavailable, SettingsError
from dcs_mirror.plain_text import shown_path
from dcs_mirror.settings import Settings

if TYPE_CHECKING:
    from dcs_mirror.embedded.server import EmbeddedServer


class NoDatabase(DatabaseUnavailable):
    """No server is set, and there is no embedded one yet; none was made."""


def database_url(settings: Settings) -> str:
    """Return the database's URL. Without ``DCS_DATABASE_URL``, start the embedded server and return its URL.

    Raises:
        DatabaseUnavailable: if the embedded server is not installed or does not start.
        SettingsError: if nothing says which user of the database this is.
    """
    return _given_url(settings) or embedded_url(settings.data_dir)


def existing_url(settings: Settings) -> str:
    """Return the URL of a database that exists, as :func:`database_url` does, but make none.

    An embedded server that does not run is started for this process, and stopped when it ends.

    Raises:
        NoDatabase: if there is no embedded server or no mirror in it.
        DatabaseUnavailable: as :func:`database_url`.
        SettingsError: as :func:`database_url`.
    """
    return _given_url(settings) or _existing_embedded_url(settings.data_dir)


def place(settings: Settings) -> str:
    """Return where the database is, for a person: its address without credentials, or the data folder."""
    if settings.database_url is not None:
        return connections.address(settings.database_url.get_secret_value())
    return f"the embedded server in {shown_path(settings.data_dir)}"


def unusable(data_dir: Path) -> str | None:
    """Return why this user can make no embedded server in a folder that need not exist; None if it can."""
    for place in (data_dir, *data_dir.parents):
        try:
            mode = place.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return f"{shown_path(place)}: {error.strerror}"
        if not stat.S_ISDIR(mode):
            return f"{shown_path(place)} is not a folder"
        may_write = os.access(place, os.W_OK | os.X_OK)
        return None if may_write else f"{shown_path(place)} may not be written by this user"
    return None


def _given_url(settings: Settings) -> str | None:
    if settings.database_url is None:
        return None
    url = settings.database_url.get_secret_value()
    _require_user(url)
    return url


def _existing_embedded_url(data_dir: Path, database: str = "dcs_mirror") -> str:
    server = embedded_server(data_dir)
    missing = NoDatabase(
        "DCS_DATABASE_URL is not set, and the embedded server's folder "
        f"{shown_path(data_dir)} holds no mirror yet. "
        "Run `dcs-mirror sync`, which makes one, or set DCS_DATABASE_URL or DCS_DATA_DIR"
    )
    if not server.is_set_up:
        raise missing
    server.hold()
    atexit.register(_stop_if_unused, server)
    server.start(lasting=False)
    if not server.has_database(database):
        raise missing
    return server.url(database)


def _stop_if_unused(server: "EmbeddedServer") -> None:
    """Stop the server when the process ends; too late to tell anybody of a failure."""
    with suppress(DatabaseUnavailable):
        server.stop_if_unused()


def _require_user(url: str) -> None:
    """Raise ``SettingsError`` if an address names no user and this process's user has no name either."""
    if urlsplit(url).username or os.environ.get("PGUSER") or "user=" in url or "service=" in url:
        return
    try:
        getpass.getuser()
    except (KeyError, OSError):
        raise SettingsError(
            f"user {os.geteuid()} of this machine has no name, and DCS_DATABASE_URL names no user: "
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
            "this user has no home folder for the embedded server. Set DCS_DATABASE_URL to a PostgreSQL "
            "server, or DCS_DATA_DIR to a folder that this user may write"
        )
    return EmbeddedServer(data_dir)
