"""The sandbox's control endpoints, over HTTP."""

import asyncio
import signal
from typing import Any

import aiohttp

from dcs_mirror.sandbox import RunningSandbox
from tests.support.command import Process
from tests.support.faulty import FaultySandbox

PATIENCE = 120
"""Seconds to wait for calls of a program: more than a slow machine needs."""


async def misbehave(sandbox: RunningSandbox | FaultySandbox, *faults: dict[str, object]) -> None:
    """Gives the sandbox a script of faults (docs/sandbox.md) in place of the one it has; none clears it."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.control_url}/faults", json=faults) as response,
    ):
        assert response.status == 200, await response.text()


async def control(sandbox: RunningSandbox | FaultySandbox, name: str, **body: object) -> Any:
    """What ``/_sandbox/name`` answers: asked with GET, or with POST where it changes something."""
    url = f"{sandbox.control_url}/{name}"
    async with aiohttp.ClientSession() as session:
        asked = session.get(url) if name in {"state", "stats", "faults"} else session.post(url, json=body)
        async with asked as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer


async def killed_at(sandbox: RunningSandbox, process: Process, method: str, calls: int) -> None:
    """Kills a program once so many calls of a method have reached the sandbox."""
    async with asyncio.timeout(PATIENCE):
        while (await control(sandbox, "stats"))["methods"].get(method, 0) < calls:
            pass
    process.kill()
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
