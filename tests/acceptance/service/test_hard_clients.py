"""Clients that send what two programs could read differently, that do not read, or that are many."""

import asyncio
import gzip
import socket
import time
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bench.processor import processor_seconds
from dcs_mirror.database.connections import Connection
from dcs_mirror.web.watch import SLOW_SECONDS, SlowClients
from tests.acceptance.workers.test_metrics import SESSIONS
from tests.support.command import command_line
from tests.support.raw_http import SMUGGLED, sent, statuses
from tests.support.serving import Service, mirrored, serving

SERVICE = (Path(__file__).parents[3] / "docs" / "service.md").read_text(encoding="utf-8")
SECOND = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def test_what_two_programs_could_read_differently_is_refused_and_many_clients_take_few_connections(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with (
        mirrored(database, institutions=3, courses=3, items=2, seed=5) as sandbox,
        serving(command_line(tmp_path, sandbox, database)) as service,
    ):
        port = int(service.address.rpartition(":")[2])
        shapes = {name: b"Host: localhost\r\n" + rest for name, rest in SMUGGLED.items()}
        shapes |= {
            "bare LF": b"Host: localhost\nX-A: b\r\n\r\n",
            "two hosts": b"Host: localhost\r\nHost: evil.example\r\n\r\n",
        }
        for method in (b"GET", b"POST"):
            answers = await asyncio.gather(
                *(sent(port, method + b" /healthz HTTP/1.1\r\n" + rest + SECOND) for rest in shapes.values())
            )
            found = {name: statuses(answer) for name, answer in zip(shapes, answers, strict=True)}
            assert set(map(tuple, found.values())) == {(400,)}, (method, found)
        assert statuses(await sent(port, b"GET /healthz HTTP/1.1\nHost: localhost\n\n")) == [400]
        for target, host, status in (
            (b"http://localhost/healthz", b"localhost", 200),
            (b"http://evil.example/healthz", b"localhost", 421),
            (b"http://localhost/healthz", b"evil.example", 421),
        ):
            request = b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
            assert statuses(await sent(port, request)) == [status], (target, host)
        await _list_that_broke_off(service)
        await _hold_connections(service, connection, [int(hei_id) for hei_id in sandbox.world.institutions])


async def _list_that_broke_off(service: Service) -> None:
    """A list whose compressed body is not whole is refused, and no part of it is answered."""
    packed = gzip.compress(b"187698\n" * 1000)
    headers = {
        "Authorization": aiohttp.encode_basic_auth(service.account, service.secret),
        "Content-Type": "text/plain",
        "Content-Encoding": "gzip",
    }
    for body, status in ((packed, 200), (packed[:20], 400), (packed[:-4], 400)):
        async with service.session.post(f"{service.address}/links", data=body, headers=headers) as answer:
            assert answer.status == status, len(body)
            if status == 400:
                assert "broke off" in (await answer.json(content_type=None))["detail"]
            else:
                assert len((await answer.json())["links"]) == 1000


async def _hold_connections(service: Service, connection: Connection, hei_ids: list[int]) -> None:
    """Have clients ask for everything at once; the service has as many connections as its page says."""
    most = 0

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, await connection.fetchval(SESSIONS))
            await asyncio.sleep(0.01)

    looking = asyncio.create_task(look())
    streams = [
        asyncio.create_task(service.get("/api/changes", Accept="text/event-stream")) for _ in range(20)
    ]
    for _ in range(3):
        await asyncio.gather(
            *(
                service.dcs(f"GetCourses?hei={hei_id}", Cache_Control=wanted)
                for hei_id in hei_ids
                for wanted in ("max-age=9999", "no-cache")
                for _ in range(10)
            ),
            *(service.get(path) for path in ("/metrics", "/readyz", "/go/1", "/go/2") for _ in range(10)),
            *(service.dcs("GetInstitutions", of=(f"nobody {n}", "x")) for n in range(20)),
        )
    for task in (looking, *streams):
        task.cancel()
    await asyncio.wait([looking, *streams])
    assert "six for questions of clients, and six" in SERVICE
    assert "up to two more" in SERVICE
    assert 4 <= most <= 14, most


async def test_a_client_that_does_not_read_is_closed_and_one_that_reads_slowly_is_not() -> None:
    """On real connections; the time is passed in."""
    runner = web.AppRunner(_of_large_answers(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    loop = asyncio.get_running_loop()
    clients = [_client(port) for _ in range(3)]
    try:
        stalled, slow, quick = clients
        assert runner.server is not None
        server = runner.server
        for client in clients:
            await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(20):
            await _read(quick, None)
            while sum(t.get_write_buffer_size() > 0 for t in _transports(server)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            watch, now = SlowClients(), 0.0
            assert watch.close_slow(server.connections, now) == 0
            while now < 3 * SLOW_SECONDS:
                now += SLOW_SECONDS * 0.6
                await _read_some(slow, _transports(server))
                closed = watch.close_slow(server.connections, now)
                assert closed == (SLOW_SECONDS <= now < 1.3 * SLOW_SECONDS), now
            with suppress(ConnectionError):
                assert len(await _read(stalled, None)) < SIZE
            assert len(await _read(slow, 100_000)) >= 100_000
    finally:
        for client in clients:
            client.close()
        await runner.cleanup()


SIZE = 20_000_000


def _transports(server: web.Server) -> list[asyncio.Transport]:
    return [each.transport for each in server.connections if each.transport is not None]


def _of_large_answers() -> web.Application:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bytes(SIZE))

    application = web.Application()
    application.router.add_get("/", answer)
    return application


def _client(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    return client


async def _read_some(client: socket.socket, transports: list[asyncio.Transport]) -> None:
    """Read until the server can write more."""
    left = sum(transport.get_write_buffer_size() for transport in transports)
    while sum(transport.get_write_buffer_size() for transport in transports) >= left:
        await _read(client, 100_000)
        await asyncio.sleep(0.001)


async def _read(client: socket.socket, count: int | None) -> bytes:
    """Read so many bytes; None for the whole answer."""
    loop, found = asyncio.get_running_loop(), b""
    parts = bytearray()
    while len(parts) < (SIZE if count is None else count):
        found = await loop.sock_recv(client, 100_000)
        if not found:
            break
        parts += found
    return bytes(parts)


@pytest.mark.long
async def test_a_thousand_slow_clients_are_closed_and_harm_nobody(tmp_path: Path, database: str) -> None:
    """Some send half a request, others do not read what they asked for."""
    async with (
        mirrored(database, institutions=1, courses=300, items=8, seed=5) as sandbox,
        serving(command_line(tmp_path, sandbox, database)) as service,
    ):
        port = int(service.address.rpartition(":")[2])
        hei_id = next(iter(sandbox.world.institutions))
        authorization = aiohttp.encode_basic_auth(service.account, service.secret)
        whole = (
            f"GET /v3/GetCourses?hei={hei_id} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: {authorization}\r\n\r\n"
        ).encode()
        loop = asyncio.get_running_loop()
        clients = [_client(port) for _ in range(1000)]
        try:
            for place, client in enumerate(clients):
                await loop.sock_sendall(client, whole * 20 if place % 2 else whole[:-10])
            assert await _slowest(service, 1.5 * SLOW_SECONDS) < 0.1
            open_ = 0
            for client in clients[::2]:
                with suppress(ConnectionError, BlockingIOError):
                    open_ += bool(client.recv(100_000))
            assert open_ == 0
        finally:
            for client in clients:
                client.close()


async def _slowest(service: Service, seconds: float) -> float:
    """Ask for so long whether the service is alive; for how many seconds it worked at most before it said so.

    Processor time, because a busy machine adds to the time that passes.
    """
    began, slowest = time.monotonic(), 0.0
    while time.monotonic() - began < seconds:
        before = processor_seconds(service.pid)
        assert (await service.get("/healthz")).status == 200
        slowest = max(slowest, processor_seconds(service.pid) - before)
        await asyncio.sleep(0.05)
    return slowest
