"""What these tests run on: a server with TLS, and folders that a service's own user may enter."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.services import Certificates, make_certificates


@pytest.fixture
def service_folder() -> Iterator[Path]:
    """An empty folder that other users may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="dcs-service-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    """An authority, and a certificate for this machine."""
    with tempfile.TemporaryDirectory(prefix="dcs-tls-") as name:
        yield make_certificates(Path(name), socket.gethostname())
