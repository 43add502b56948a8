"""The emulated DCS over HTTP: gateway, credentials, methods and control endpoints on one port."""

import asyncio
import base64
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import uvloop
from aiohttp import web

from dcs_mirror.sandbox import methods, wire
from dcs_mirror.sandbox.control import ACTIONS, SCRIPTING, VIEWS, Controlled, act
from dcs_mirror.sandbox.faults import Call, Fault, Script, Sender, TrueAnswer
from dcs_mirror.sandbox.methods import METHODS, Answer, Method
from dcs_mirror.sandbox.model import Refused, World
from dcs_mirror.sandbox.parameters import parameters_of
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
        self._sender = Sender()

    def stop(self) -> None:
        """Breaks off what faults hold up."""
        self._sender.stop()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        prefix, _, name = path.rpartition("/")
        if prefix.lower() == API_PATH:
            method = METHODS.get((request.method, name.lower()))
            if method is not None:
                with self._controlled.stats.call(method.name):
                    return await self._serve(request, method, path, query)
        elif path.startswith(CONTROL_PATH + "/"):
            return await self._control(request, path.removeprefix(CONTROL_PATH + "/"), query)
        return _json(404, wire.encode({"statusCode": 404, "message": "Resource not found"}))

    async def _serve(
        self, request: web.BaseRequest, method: Method, path: str, query: str
    ) -> web.StreamResponse:
        """A call to a DCS method. Its answer is made on arrival and then held for the latency."""
        fault = self._fault(method, path, query)
        status, body, outcome = 200, b"", ""
        if fault is None or fault.lets_through:
            status, body, outcome = self._true_answer(request, method, query)
        self._controlled.stats.outcomes[outcome if fault is None else f"fault {fault.kind}"] += 1
        if self._latency:
            await asyncio.sleep(self._latency)
        if fault is None:
            return _json(status, body)
        # Whoever is told to come back at a time of day looks at a clock that runs, unlike the world's.
        return await self._sender.send(request, fault.reply(TrueAnswer(status, body, datetime.now(UTC))))

    def _true_answer(self, request: web.BaseRequest, method: Method, query: str) -> tuple[int, bytes, str]:
        """The HTTP status, the body, and the outcome by which the call is counted."""
        refusal = self._gateway(request)
        if refusal is not None:
            return 401, refusal, "HTTP 401"
        answer = self._answer(request, method, query)
        return 200, answer.body, str(answer.code)

    def _fault(self, method: Method, path: str, query: str) -> Fault | None:
        """The fault that hits this call."""
        script = self._controlled.script
        return script.fault_for(Call(method.name, path, parameters_of(query))) if script else None

    def _gateway(self, request: web.BaseRequest) -> bytes | None:
        """What the gateway in front of the DCS says, with HTTP 401, to a call that it refuses (W2)."""
        if self._subscription_key is None:
            return None
        key = request.headers.get(KEY_HEADER)
        if key == self._subscription_key:
            return None
        fault = "invalid" if key else "missing"
        message = f"Access denied: the subscription key is {fault}"
        return wire.encode({"statusCode": 401, "message": message})

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
            elif name == "faults" and request.method in SCRIPTING:
                reply = SCRIPTING[request.method](self._controlled, body)
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
    faults: Sequence[Fault] = (),
) -> AsyncIterator[RunningSandbox]:
    """Serves `world` in the running event loop until the block is left.

    `port` 0 takes a free one; `latency` is seconds added to each answer of a DCS method; `faults` are
    in force from the start. Raises OSError when it cannot listen there.
    """
    stats = Stats()
    service = _Service(Controlled(world, stats, Script(faults)), credentials, subscription_key, latency)
    # A client that hangs up ends its call, which may be one that never ends by itself.
    server = web.Server(service.handle, access_log=None, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound: int = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        yield RunningSandbox(f"http://{shown}:{bound}", world, stats)
    finally:
        service.stop()
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
    faults: Sequence[Fault] = (),
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
            faults=faults,
        ) as sandbox:
            ready(sandbox)
            await stopped.wait()

    uvloop.run(until_stopped())


def _json(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, headers=_JSON)
