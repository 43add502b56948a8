"""Serves the emulated DCS over HTTP: gateway, credentials, methods and control endpoints on one port."""

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

from dcs_mirror.sandbox import axcelerate, methods, render
from dcs_mirror.sandbox.axcelerate import StudentRecords, Tokens
from dcs_mirror.sandbox.control import ACTIONS, SCRIPTING, VIEWS, Controlled, act
from dcs_mirror.sandbox.faults import Call, Fault, Script, Sender, TrueAnswer
from dcs_mirror.sandbox.methods import METHODS, Answer, Method
from dcs_mirror.sandbox.model import Refused, World
from dcs_mirror.sandbox.parameters import parameters_of
from dcs_mirror.sandbox.stats import Stats

API_PATH = "/dcs-course-content-urls/v3"
AXCELERATE_PATH = "/axcelerate/api"
CONTROL_PATH = "/_sandbox"
KEY_HEADER = "Ocp-Apim-Subscription-Key"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
# Stopping must not wait for slow answers that no client reads any more.
_SHUTDOWN_SECONDS = 1.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The Basic credentials that every call must send, in UTF-8 (W1)."""

    username: str
    password: str

    def match(self, authorization: str) -> bool:
        """Whether an Authorization header holds exactly these; the password may contain colons."""
        scheme, _, token = authorization.partition(" ")
        expected = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return scheme.lower() == "basic" and token.strip() == expected


DEFAULT_CREDENTIALS = Credentials("sandbox", "open-sesame")
"""The password occurs in no answer, so that clients that search answers for their secrets find none."""


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """The address of a sandbox, and what it serves."""

    address: str
    world: World
    stats: Stats
    records: StudentRecords

    @property
    def base_url(self) -> str:
        return self.address + API_PATH

    @property
    def axcelerate_url(self) -> str:
        return self.address + AXCELERATE_PATH

    @property
    def control_url(self) -> str:
        return self.address + CONTROL_PATH


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer, and the outcome under which it is counted."""

    status: int
    body: bytes
    outcome: str


# The true answer to a call that a fault keeps from being carried out, which no reply contains.
_UNUSED = _Answered(200, b"{}", "")


class _Service:
    """Answers requests; each sees the world either before or after a change, never in between."""

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
        """Cancel all faulty replies being sent."""
        self._sender.stop()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        prefix, _, name = path.rpartition("/")
        if prefix.lower() == API_PATH:
            method = METHODS.get((request.method, name.lower()))
            if method is not None:
                call = Call(method.name, path, parameters_of(query))
                return await self._serve(request, call, lambda: self._answer(request, method, query))
        elif path.lower().startswith(AXCELERATE_PATH + "/"):
            return await self._axcelerate(request, path, query)
        elif path.startswith(CONTROL_PATH + "/"):
            return await self._control(request, path.removeprefix(CONTROL_PATH + "/"), query)
        return _json(404, render.encode({"statusCode": 404, "message": "Resource not found"}))

    async def _serve(
        self, request: web.BaseRequest, call: Call, make_answer: Callable[[], _Answered]
    ) -> web.StreamResponse:
        """Serve a call to a method: make the answer on arrival, then delay it by the latency."""
        with self._controlled.stats.call(call.method):
            script = self._controlled.script
            fault = script.fault_for(call) if script else None
            answer = make_answer() if fault is None or (fault.taken and fault.lets_through) else _UNUSED
            self._controlled.stats.outcomes[answer.outcome if fault is None else f"fault {fault.kind}"] += 1
            if self._latency:
                await asyncio.sleep(self._latency)
            if fault is None:
                return _json(answer.status, answer.body)
            # The real time, because a client reads a Retry-After date by its own clock, not by the world's.
            true = TrueAnswer(answer.status, answer.body, datetime.now(UTC))
            return await self._sender.send(request, fault.reply(true))

    async def _axcelerate(self, request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        """Serve a call to the emulated aXcelerate."""
        parameters = axcelerate.parameters_of(query, await request.read())
        endpoint = axcelerate.CALLS.get((request.method, path[len(AXCELERATE_PATH) :].lower()))
        if endpoint is None:
            return _json(axcelerate.NO_SUCH_CALL.status, axcelerate.NO_SUCH_CALL.body)

        def make_answer() -> _Answered:
            is_signed_in = Tokens().match(request.headers)
            records = self._controlled.records
            answer = axcelerate.call(endpoint, records, parameters) if is_signed_in else axcelerate.SIGNED_OUT
            return _Answered(answer.status, answer.body, f"HTTP {answer.status}")

        return await self._serve(request, Call(endpoint.name, path, parameters), make_answer)

    def _gateway(self, request: web.BaseRequest) -> bytes | None:
        """The body of the gateway's HTTP 401 if it refuses the call; None if it does not (W2)."""
        if self._subscription_key is None:
            return None
        key = request.headers.get(KEY_HEADER)
        if key == self._subscription_key:
            return None
        problem = "invalid" if key else "missing"
        message = f"Access denied: the subscription key is {problem}"
        return render.encode({"statusCode": 401, "message": message})

    def _answer(self, request: web.BaseRequest, method: Method, query: str) -> _Answered:
        refusal = self._gateway(request)
        if refusal is not None:
            return _Answered(401, refusal, "HTTP 401")
        answer = self._call(request, method, query)
        return _Answered(200, answer.body, str(answer.code))

    def _call(self, request: web.BaseRequest, method: Method, query: str) -> Answer:
        if not self._credentials.match(request.headers.get("Authorization", "")):
            return methods.NOT_AUTHENTICATED
        try:
            return methods.call(method, self._controlled.world, query)
        except Exception:
            # Like the DCS, answer code 4 to any error inside.
            _logger.exception("%s?%s failed", method.name, query)
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
                return _json(404, render.encode({"error": f"no {request.method} {name} here"}))
        except Refused as error:
            return _json(400, render.encode({"error": str(error)}))
        return _json(200, render.encode(reply))


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
    records: StudentRecords | None = None,
) -> AsyncIterator[RunningSandbox]:
    """Serve `world` in the running event loop until the block is left.

    Args:
        world: the DCS that is served.
        host: the address to listen on.
        port: the port; 0 for a free one.
        credentials: the credentials that calls must send.
        subscription_key: the subscription key that calls must send; None for none.
        latency: seconds by which each answer of a method is delayed.
        faults: faults in force from the start.
        records: the data of the emulated aXcelerate; by default, students of the courses of the world's first
            institution.

    Raises:
        OSError: if it cannot listen there.
    """
    stats = Stats()
    records = records or _records_of(world)
    controlled = Controlled(world, stats, Script(faults), records)
    service = _Service(controlled, credentials, subscription_key, latency)
    # Cancels the call of a client that disconnects: a scripted hang would never end by itself.
    server = web.Server(service.handle, access_log=None, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound: int = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        yield RunningSandbox(f"http://{shown}:{bound}", world, stats, records)
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
    """Serve `world` on a new event loop until SIGINT or SIGTERM.

    Args:
        world: the DCS that is served.
        ready: called with the sandbox as soon as it answers.

    The other arguments and the errors are those of :func:`running_sandbox`.
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


def _records_of(world: World) -> StudentRecords:
    """Student records for the courses of the world's first institution."""
    institution = next(iter(world.institutions.values()), None)
    codes = [course.code for course in institution.courses.values()] if institution else []
    return axcelerate.build_records(list(dict.fromkeys(codes)))


def _json(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, headers=_JSON)
