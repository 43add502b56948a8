"""A real PostgreSQL for every test that asks for one: a server a session, a fresh database a test."""

import asyncio
import gc
import itertools
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.schema import migrate
from tests.support.command import stop_fork_server
from tests.support.other_server import other_server
from tests.support.sessions import execute

_numbers = itertools.count(1)

# No test pulls the plug of the session's server, and waiting for the disk is most of what they would do.
_SETTINGS = (
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET max_wal_size = '256MB'",  # it stays in memory
)
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
_MEMORY_BYTES = 4 * 2**30


# What takes longest is begun first, so that no worker is left alone with it in the end.
_BEGUN_FIRST = (
    "integration/test_fault_table.py",
    # These wait for half a minute for a server that does not come back.
    "acceptance/test_python_face.py",
    "acceptance/writing/test_read_back.py",
    "acceptance/test_readme.py",
    "properties/test_histories.py",
    "chaos/",
    "acceptance/test_bench.py",
    "acceptance/test_own_process.py",
    "integration/test_killed.py",
    "acceptance/",
    "properties/",
    "integration/",
)


# All tests of these folders are about the rules; elsewhere, those that have a rule in their name.
_ABOUT_RULES = ("integration/rules/", "plans/", "properties/", "scenarios/", "structure/")
_NAMES_A_RULE = re.compile(r"test_[wrsca]\d{1,2}_")


def _interrupted(number: int, frame: FrameType | None) -> None:
    signal.default_int_handler(number, frame)


def pytest_configure() -> None:
    """Have Ctrl-C end the tests as ever, but let asyncio set no handler of its own for each of them.

    To set that, Python writes out the result of each task: for a large world, longer than the test takes.
    asyncio leaves every handler alone but Python's own.
    """
    signal.signal(signal.SIGINT, _interrupted)


def pytest_xdist_auto_num_workers() -> int:
    """More workers than cores: a test waits for servers and processes for half of its time."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests by how long their files take, roughly, and mark those of the rules and of services."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next((n for n, start in enumerate(_BEGUN_FIRST) if path.startswith(start)), len(_BEGUN_FIRST))

    items.sort(key=place)
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(_ABOUT_RULES) or _NAMES_A_RULE.match(item.name):
            item.add_marker("rules")
        if item.path.relative_to(here).as_posix().startswith("services/"):
            item.add_marker("services")
        if item.path.relative_to(here).as_posix().startswith("browser/"):
            item.add_marker("browser")


def pytest_collection_finish() -> None:
    """Have no collection of garbage look at the thousands of tests again: they all stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the caller's settings and proxies, nor a `.env` of the working directory."""
    for name in list(os.environ):
        is_ours = name.startswith(("DCS_", "AXCELERATE_")) and not name.startswith("DCS_TEST_")
        if is_ours or name.lower().endswith("_proxy") or name in {"SSL_CERT_FILE", "SSL_CERT_DIR"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _no_fork_server_left() -> Iterator[None]:
    yield
    stop_fork_server()


def _in_memory() -> Path | None:
    """Where a server's data do not touch the disk, if there is room; None stands for the usual place.

    A test's database is some hundred files, made and removed again: on a disk most of the time goes there.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES:
        return _MEMORY
    return None


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a server's maintenance database.

    It is an embedded server, or one of the programs in DCS_TEST_POSTGRES_BIN, or DCS_TEST_DATABASE_URL.
    """
    given = os.environ.get("DCS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    programs = os.environ.get("DCS_TEST_POSTGRES_BIN")
    # Not in pytest's own folder, which every session closes to other users, the server's among them.
    with tempfile.TemporaryDirectory(prefix="dcs-test-", dir=_in_memory()) as name:
        folder = Path(name)
        with other_server(Path(programs), folder) if programs else _embedded(folder) as url:
            for statement in (*_SETTINGS, "SELECT pg_reload_conf()"):
                asyncio.run(execute(url, statement))
            yield url


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    server = EmbeddedServer(folder)
    server.start()
    try:
        yield server.url("postgres")
    finally:
        server.stop()


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    """A server that a test may stop, with an empty database."""
    # As above, and short: the path of its socket has to fit into an address.
    with tempfile.TemporaryDirectory(prefix="dcs-", dir=_in_memory()) as folder:
        Path(folder).chmod(0o711)  # the server's user passes through it
        server = EmbeddedServer(Path(folder) / "data")
        server.start()
        server.ensure_database()
        yield server
        server.stop()


def _at(server_url: str, database: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a migrated database to clone."""
    name = f"dcs_test_{os.getpid()}_template"
    asyncio.run(execute(server_url, f"CREATE DATABASE {name}"))
    asyncio.run(migrate.migrate(_at(server_url, name)))
    yield name
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def empty_database(server_url: str) -> AsyncIterator[str]:
    """The address of a database without the mirror's schema."""
    name = f"dcs_test_{os.getpid()}_{next(_numbers)}"
    await execute(server_url, f"CREATE DATABASE {name}")
    yield _at(server_url, name)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(server_url: str, template: str) -> AsyncIterator[str]:
    """The address of a migrated, empty mirror."""
    name = f"dcs_test_{os.getpid()}_{next(_numbers)}"
    await execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _at(server_url, name)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    """A connection to ``database``, for looking at what the mirror made."""
    # The mirror's own sessions compile nothing either; Debian's server would, for seconds a statement.
    opened = await asyncpg.connect(
        database, server_settings={"timezone": "UTC", "jit": "off"}, connection_class=ServerConnection
    )
    yield opened
    await opened.close()
