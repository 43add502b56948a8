"""The file of a socket belongs to one process: another one says so, and takes nothing away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from dcs_mirror.errors import SettingsError
from dcs_mirror.listen_address import ListenAddress
from dcs_mirror.metrics.service import listening

ANOTHER = "DCS_BIND: another process listens at unix:"


@asynccontextmanager
async def service(path: Path, name: str) -> AsyncIterator[None]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=name)

    application = web.Application()
    application.add_routes([web.get("/", answer)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        async with listening(runner, ListenAddress(path=str(path)), setting="DCS_BIND"):
            yield
    finally:
        await runner.cleanup()


async def who_answers(path: Path) -> str:
    connector = aiohttp.UnixConnector(str(path))
    async with aiohttp.ClientSession(connector=connector) as session, session.get("http://s/") as found:
        return await found.text()


async def test_of_many_that_begin_at_once_one_listens_and_all_others_say_that_it_does(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for _ in range(3):  # the second time the file of the lock is there already
        async with AsyncExitStack() as stack:
            entered = (stack.enter_async_context(service(path, str(number))) for number in range(8))
            found = await asyncio.gather(*entered, return_exceptions=True)
            (one,) = [str(number) for number, error in enumerate(found) if error is None]
            others = [error for error in found if error is not None]
            assert all(isinstance(error, SettingsError) for error in others)
            assert {str(error).startswith(ANOTHER) for error in others} == {True}
            assert await who_answers(path) == one
        assert not path.exists()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_a_socket_of_a_program_without_the_lock_is_not_taken_however_busy_it_is(
    tmp_path: Path, kind: socket.SocketKind
) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, kind) as other, socket.socket(socket.AF_UNIX, kind) as client:
        other.bind(str(path))
        if kind is socket.SOCK_STREAM:
            other.listen(0)
            client.connect(str(path))  # and with it, it takes no more
        before = path.stat()
        with pytest.raises(SettingsError, match=ANOTHER):
            async with service(path, "second"):
                pass
        after = path.stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_what_a_killed_process_left_is_taken_and_what_is_no_socket_is_not(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
        killed.bind(str(path))
        killed.listen()
    async with service(path, "next"):
        assert await who_answers(path) == "next"
    path.write_text("notes")
    with pytest.raises(SettingsError, match="cannot listen at unix:"):
        async with service(path, "next"):
            pass
    assert path.read_text() == "notes"


async def test_at_its_end_a_process_leaves_the_socket_of_another_one(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with service(path, "first"):
        path.unlink()
        other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        other.bind(str(path))
    assert path.is_socket()
    other.close()
