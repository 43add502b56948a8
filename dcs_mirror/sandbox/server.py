"""The emulated DCS over HTTP: gateway, credentials, methods and control endpoints on one port."""

import asyncio
import base64
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvloop
from aiohttp import web

from dcs_mirror.sandbox import methods, wire
from dcs_mirror.sandbox.control import ACTIONS, VIEWS, Controlled, act
from dcs_mirror.sandbox.methods import METHODS, Answer, Method
from dcs_mirror.sandbox.model import Refused, World
from dcs_mirror.sandbox.stats import Stats

API_PATH = "/dcs-course-content-urls/v3"
CONTROL_PATH = "/_sandbox"
KEY_HEADER = "Ocp-Apim-Subscription-Key"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
# A rehearsal must not wait for slow answers nobody reads any more.
_SHUTDOWN_SECONDS = 1.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What every call must bring as Basic credentials (W1), compared in UTF-8."""

    username: str
    password: str

    def match(self, authorization: str) -> bool:
        """Whether an Authorization header carries exactly these; a password may hold colons."""
        scheme, _, token = authorization.partition(" ")
        expected = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return scheme.lower() == "basic" and token.strip() == expected


DEFAULT_CREDENTIALS = Credentials("sandbox", "sandbox")


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """Where a sandbox listens, and what it serves."""

    address: str
    world: World
    stats: Stats

    @property
    def base_url(self) -> str:
        return self.address + API_PATH

    @property
    def control_url(self) -> str:
        return self.address + CONTROL_PATH


class _Service:
    """Answers one request at a time: each sees the world before or after a change, never between."""

    def __init__(
        self,
        controlled: Controlled,
        credentials: Credentials,
        subscription_key: str | None,
        latency: float,
    ) -> None:
        self._controlled = controlled
        self._credentials = credentials
        self._subscription_key = subscription_key
        self._latency = latency

    async def handle(self, request: web.BaseRequest) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        prefix, _, name = path.rpartition("/")
        if prefix.lower() == API_PATH:
            method = METHODS.get((request.method, name.lower()))
            if method is not None:
                with self._controlled.stats.call(method.name):
                    return await self._serve(request, method, query)
        elif path.startswith(CONTROL_PATH + "/"):
            return await self._control(request, path.removeprefix(CONTROL_PATH + "/"), query)
        return _json(404, wire.encode({"statusCode": 404, "message": "Resource not found"}))

    async def _serve(self, request: web.BaseRequest, method: Method, query: str) -> web.Response:
        """A call to a DCS method. Its answer is made on arrival and then held for the latency."""
        response = self._gateway(request)
        if response is None:
            answer = self._answer(request, method, query)
            self._controlled.stats.outcomes[str(answer.code)] += 1
            response = _json(200, answer.body)
        else:
            self._controlled.stats.outcomes[f"HTTP {response.status}"] += 1
        if self._latency:
            await asyncio.sleep(self._latency)
        return response

    def _gateway(self, request: web.BaseRequest) -> web.Response | None:
        """What the gateway in front of the DCS refuses by itself, in its own form (W2)."""
        if self._subscription_key is None:
            return None
        key = request.headers.get(KEY_HEADER)
        if key == self._subscription_key:
            return None
        fault = "invalid" if key else "missing"
        message = f"Access denied: the subscription key is {fault}"
        return _json(401, wire.encode({"statusCode": 401, "message": message}))

    def _answer(self, request: web.BaseRequest, method: Method, query: str) -> Answer:
        if not self._credentials.match(request.headers.get("Authorization", "")):
            return methods.NOT_AUTHENTICATED
        try:
            return methods.call(method, self._controlled.world, query)
        except Exception:
            # A door: the DCS answers code 4 to whatever breaks inside it.
            _logger.exception("%s?%s broke", method.name, query)
            return methods.BROKEN

    async def _control(self, request: web.BaseRequest, name: str, query: str) -> web.Response:
        body = await request.read()
        try:
            if request.method == "POST" and name in ACTIONS:
                reply = act(self._controlled, name, body)
            elif request.method == "GET" and name in VIEWS:
                reply = VIEWS[name](self._controlled, query)
            else:
                return _json(404, wire.encode({"error": f"no {request.method} {name} here"}))
        except Refused as error:
            return _json(400, wire.encode({"error": str(error)}))
        return _json(200, wire.encode(reply))


@asynccontextmanager
async def running_sandbox(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    credentials: Credentials = DEFAULT_CREDENTIALS,
    subscription_key: str | None = None,
    latency: float = 0.0,
) -> AsyncIterator[RunningSandbox]:
    """Serves `world` in the running event loop until the block is left.

    `port` 0 takes a free one; `latency` is seconds added to each answer of a DCS method. Raises
    OSError when it cannot listen there.
    """
    stats = Stats()
    service = _Service(Controlled(world, stats), credentials, subscription_key, latency)
    runner = web.ServerRunner(web.Server(service.handle, access_log=None), shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound: int = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        yield RunningSandbox(f"http://{shown}:{bound}", world, stats)
    finally:
        await runner.cleanup()


def serve(
    world: World,
    *,
    ready: Callable[[RunningSandbox], None],
    host: str = "127.0.0.1",
    port: int = 0,
    credentials: Credentials = DEFAULT_CREDENTIALS,
    subscription_key: str | None = None,
    latency: float = 0.0,
) -> None:
    """Serves `world` on a loop of its own until SIGINT or SIGTERM, then returns.

    Calls `ready` as soon as calls are answered. Arguments and errors are those of running_sandbox.
    """

    async def until_stopped() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stop, stopped.set)
        async with running_sandbox(
            world,
            host=host,
            port=port,
            credentials=credentials,
            subscription_key=subscription_key,
            latency=latency,
        ) as sandbox:
            ready(sandbox)
            await stopped.wait()

    uvloop.run(until_stopped())


def _json(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, headers=_JSON)
