"""Folders and embedded servers for the tests of the embedded server."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcs_mirror.embedded.server import EmbeddedServer
from tests.integration.embedded.servers import new_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def lasting() -> Iterator[EmbeddedServer]:
    """A running server for tests that only read, started with variables in the environment to be ignored."""
    with new_folder() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DCS_API_PASSWORD", "s3cret")
        environment.setenv("PGPORT", "6543")
        environment.setenv("PGDATA", "/nowhere")
        environment.setenv("PGUSER", "nobody_of_that_name")
        server = EmbeddedServer(folder / "data")
        server.start()
        server.ensure_database()
        yield server
        server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that has never been started."""
    server = EmbeddedServer(tmp_path / "data")
    yield server
    server.stop()


@pytest.fixture
def running(server: EmbeddedServer) -> EmbeddedServer:
    """A running server with the mirror's database."""
    server.start()
    server.ensure_database()
    return server


@pytest.fixture
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder with a path short enough for a socket, used by this test only."""
    folder = Path(tempfile.mkdtemp(prefix="dcs-"))
    folder.chmod(0o711)  # the user of a server that root starts passes through it
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)
