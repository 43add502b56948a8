"""The service, running as a user runs it, and clients of it."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine
from tests.support.running import sync

BASE = "/dcs-course-content-urls/v3"


@dataclass(frozen=True)
class Answered:
    """An answer of the service."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any


@dataclass(frozen=True)
class Service:
    """A service that runs, its process, and the account that its client uses."""

    address: str
    session: aiohttp.ClientSession
    account: str
    secret: str
    pid: int

    async def get(self, path: str, *, of: tuple[str, str] | None = None, **headers: str) -> Answered:
        """Ask for a path, with the credentials of another account if one is given."""
        name, secret = of or (self.account, self.secret)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        sent.setdefault("Authorization", aiohttp.encode_basic_auth(name, secret))
        async with self.session.get(self.address + path, headers=sent) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            json = await response.json(content_type=None) if is_json and body else None
            return Answered(response.status, response.headers, body, json)

    async def dcs(self, method: str, *, of: tuple[str, str] | None = None, **headers: str) -> Answered:
        """Call a method of the DCS, with its query."""
        return await self.get(f"{BASE}/{method}", of=of, **headers)


@asynccontextmanager
async def mirrored(
    database: str, *, institutions: int, courses: int, items: int, seed: int
) -> AsyncIterator[RunningSandbox]:
    """A sandbox, mirrored into the database."""
    world = build_world(Sizes(institutions=institutions, courses=courses, items=items), seed=seed)
    async with running_sandbox(world) as sandbox:
        assert (await sync(sandbox, database)).exit_code == 0
        yield sandbox


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


async def account(dcs_mirror: CommandLine, *arguments: str) -> tuple[str, str]:
    """Add an account; its name and secret."""
    added = await dcs_mirror("accounts", "add", *arguments, "--json")
    assert added.code == 0, added.err
    return added.json["name"], added.json["secret"]


@asynccontextmanager
async def serving(
    dcs_mirror: CommandLine,
    *,
    administrator: CommandLine | None = None,
    as_: str = "everything",
    **settings: str,
) -> AsyncIterator[Service]:
    """The service, with an account that sees and may do all; told to stop at the end, it then ends with 0.

    Args:
        dcs_mirror: the command line that serves.
        administrator: the one that adds the account, if another one.
        as_: the name of the account.
        settings: further settings of the one that serves.
    """
    name, secret = await account(administrator or dcs_mirror, as_, "--may", "refresh,write")
    port = free_port()
    process = await dcs_mirror.but(DCS_BIND=f"127.0.0.1:{port}", **settings).start("serve")
    try:
        address = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as session:
            await until_ready(session, address)
            yield Service(address, session, name, secret, process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0, err.decode()
    assert b"Traceback" not in err, err.decode()


async def until_ready(session: aiohttp.ClientSession, address: str) -> None:
    """Returns once a service answers."""
    async with asyncio.timeout(20):
        while True:
            try:
                async with session.get(f"{address}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)
