"""An upstream that misbehaves where it is told to, and is the sandbox elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from dcs_mirror.sandbox import RunningSandbox


@dataclass
class Fault:
    """What to answer, instead of the sandbox, to calls whose method and query hold ``where``.

    The first ``after`` of them are let through, ``times`` are hit then.
    """

    where: str
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1_000_000
    after: int = 0


@dataclass
class Hold:
    """Calls whose method and query hold ``where`` wait, once they came, until they are released.

    With ``is_answered`` it is the first of them alone, and its answer, made when it came, is kept back.
    """

    where: str
    is_answered: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


class FaultySandbox:
    """Stands in front of a sandbox; ``faults`` and ``holds`` may be changed at any time.

    ``delay`` gives the seconds for which each answer is kept back after it was made.
    """

    def __init__(self, sandbox: RunningSandbox, address: str) -> None:
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []
        self.base_url = address + URL(sandbox.base_url).path
        self.control_url = sandbox.control_url
        self.calls: list[str] = []
        self.delay: Callable[[], float] = lambda: 0.0


@asynccontextmanager
async def faulty(sandbox: RunningSandbox) -> AsyncIterator[FaultySandbox]:
    """Serves a sandbox with faults to come."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:

        async def handle(request: web.BaseRequest) -> web.Response:
            asked = request.raw_path
            front.calls.append(asked)
            for hold in front.holds:
                if hold.where in asked and not hold.is_answered:
                    hold.came.set()
                    await hold.released.wait()
            for fault in front.faults:
                if fault.where in asked and fault.after > 0:
                    fault.after -= 1
                elif fault.where in asked and fault.times > 0:
                    fault.times -= 1
                    return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
            url = URL(str(URL(sandbox.base_url).origin()) + asked, encoded=True)
            headers = {"Authorization": request.headers.get("Authorization", "")}
            async with session.request(request.method, url, headers=headers) as response:
                answer = web.Response(status=response.status, body=await response.read())
            await asyncio.sleep(front.delay())
            for hold in front.holds:
                if hold.where in asked and hold.is_answered and not hold.came.is_set():
                    hold.came.set()
                    await hold.released.wait()
            return answer

        runner = web.ServerRunner(web.Server(handle))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        front = FaultySandbox(sandbox, f"http://127.0.0.1:{port}")
        try:
            yield front
        finally:
            for hold in front.holds:
                hold.released.set()
            await runner.cleanup()
