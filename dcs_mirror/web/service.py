"""The service: its paths, who may be asked by whom, and its life."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from typing import NamedTuple

import anyio
import structlog
from aiohttp import hdrs, web

from dcs_mirror import listen_address
from dcs_mirror.accounts import book
from dcs_mirror.clock import Clock
from dcs_mirror.database import connections
from dcs_mirror.database.connections import Pool
from dcs_mirror.database.retry import VICTIMS, Database, RetryingPool
from dcs_mirror.database.waiting import Waits
from dcs_mirror.errors import MirrorError, SettingsError, in_words
from dcs_mirror.jobs.worker import Worker
from dcs_mirror.listen_address import ListenAddress, TrustedProxies
from dcs_mirror.metrics.service import Health, listening, routes
from dcs_mirror.plain_text import first_few
from dcs_mirror.runtime import open_runtime
from dcs_mirror.schema import migrate, rights
from dcs_mirror.settings import Settings, is_this_machine
from dcs_mirror.web import contacts, dcs_words, openapi, watch
from dcs_mirror.web.access import AccessChecks
from dcs_mirror.web.answers import Answers
from dcs_mirror.web.changes import Changes
from dcs_mirror.web.common_headers import add_common
from dcs_mirror.web.contacts import Contacts
from dcs_mirror.web.dashboard import routes as dashboard
from dcs_mirror.web.dashboard.parts import Parts
from dcs_mirror.web.dcs_paths import DCS_PATH, USUAL_PATHS, DcsPaths
from dcs_mirror.web.dcs_writes import POST_PATH, PUT_PATH, DcsWrites
from dcs_mirror.web.go import PermanentLinks
from dcs_mirror.web.hosts import host_of, is_address
from dcs_mirror.web.identity import Identity, NotAuthenticated, TooOften
from dcs_mirror.web.link_lists import LinkLists
from dcs_mirror.web.links_path import LinksPath
from dcs_mirror.web.problems import (
    DATABASE_AWAY,
    NOT_THERE,
    Refusal,
    busy,
    not_authenticated,
    problem,
    too_often,
    unavailable,
)
from dcs_mirror.web.record import Record
from dcs_mirror.web.refreshing import Refreshes
from dcs_mirror.web.server_log import server_log
from dcs_mirror.web.writing import Writer

ANSWERERS = 3
READERS = 3
"""Connections of each pool."""
IDLE_SECONDS = 10.0
"""How long a connection may be without a whole request: a proxy in front must keep its own no longer."""
STOP_SECONDS = 5.0
"""How long requests may take to end when the service is told to stop."""
LARGEST_BODY = 1_048_576
RESTART_SECONDS = 5.0

_ANOTHER_NAME = "this service has another name; its administrator names it in DCS_HOSTS"

log = structlog.get_logger()

RequestHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Pools(NamedTuple):
    """Connections on which questions of clients are answered.

    ``answerers`` are for the DCS's methods and for accounts, ``readers`` for everything else, which may take
    longer and must not hold up the former.
    """

    answerers: Pool
    readers: Pool


async def run(settings: Settings, url: str, ready: Callable[[ListenAddress], None]) -> None:
    """Serve until the task is cancelled.

    If credentials are set, this program refreshes what clients ask for; else workers do, and without any the
    stored answers stay.

    Args:
        settings: where it listens, who is trusted.
        url: the database.
        ready: is called with where it listens, as soon as it answers.

    Raises:
        SettingsError: if it would be open to a network without accounts, or cannot listen; if the file of
            contacts is invalid.
        DatabaseUnavailable: if the database cannot be reached, or its role lacks rights.
        SchemaMismatch: if its schema is not this program's.
    """
    place = listen_address.parse(settings.bind)
    trusted = TrustedProxies.parse(settings.trusted_proxies or "")
    students_ask = contacts.load(settings.contacts_file)
    async with AsyncExitStack() as stack:
        readers = await stack.enter_async_context(connections.create_reading_pool(url, READERS))
        answerers = await stack.enter_async_context(
            connections.create_reading_pool(url, ANSWERERS, plans_once=True)
        )
        pools = Pools(answerers, readers)
        async with readers.acquire() as connection:
            await rights.require_may_serve(connection, asks=bool(settings.api_username))
            await migrate.require_current(connection)
            await _require_accounts(connection, place, trusted)
            if exceeds := await rights.of_everyone(connection):
                log.warning(
                    "every role of the server has rights in the mirror; `dcs-mirror doctor` says how to take "
                    "them",
                    rights=first_few(exceeds),
                )
        worker = None
        if settings.api_username:
            runtime = await stack.enter_async_context(open_runtime(settings, url))
            worker, database = Worker(runtime, only_refreshes=True), runtime.database
        else:
            writers = await stack.enter_async_context(connections.create_pool(url))
            database = RetryingPool(writers, Waits(url))
        writer = None if worker is None else Writer(worker)
        clock = settings.clock()
        health = Health(readers, clock, worker.calls if worker else None)
        record = Record(database, clock)
        refreshes = Refreshes(database, record)
        application = _application(
            settings, trusted, pools, database, clock, refreshes, record, health, students_ask, writer
        )
        runner = web.AppRunner(
            application,
            access_log=None,
            logger=server_log(),
            keepalive_timeout=IDLE_SECONDS,
            shutdown_timeout=STOP_SECONDS,
            handler_cancellation=True,
            auto_decompress=False,  # it would take a body that broke off for a whole one
        )
        await runner.setup()
        assert runner.server is not None  # noqa: S101 - it is set up
        # Around all that aiohttp does for a request, because a middleware takes it 2 µs more for each.
        hosts = frozenset((settings.hosts or "").split())
        runner.server.request_handler = _guard(hosts, runner.server.request_handler)
        try:
            async with (
                listening(runner, place, setting="DCS_BIND"),
                _background(worker, runner, record, writer),
            ):
                ready(place)
                gc.freeze()  # the program itself is not looked at again each time that memory is tidied up
                await anyio.sleep_forever()
        finally:
            health.is_draining = True
            with anyio.move_on_after(2 * STOP_SECONDS, shield=True):
                await runner.cleanup()


def _application(
    settings: Settings,
    trusted: TrustedProxies,
    pools: Pools,
    database: Database,
    clock: Clock,
    refreshes: Refreshes,
    record: Record,
    health: Health,
    students_ask: Contacts,
    writer: Writer | None,
) -> web.Application:
    checks = AccessChecks(pools.answerers)
    identity = Identity(checks, trusted, settings.identity_header, record, rate=settings.client_rate)
    dcs = DcsPaths(identity, Answers(pools.answerers), refreshes, clock)
    application = web.Application(client_max_size=LARGEST_BODY)
    for path in (*USUAL_PATHS, DCS_PATH):
        application.router.add_get(path, dcs.handle)
    writes = DcsWrites(identity, writer, record)
    application.router.add_post(POST_PATH, writes.handle)
    application.router.add_put(PUT_PATH, writes.handle)
    changes = Changes(identity, checks, pools.readers)
    application.router.add_get("/api/changes", changes.handle, allow_head=False)
    application.on_shutdown.append(changes.stop)
    links = PermanentLinks(pools.readers, students_ask, trusted, rate=settings.client_rate)
    application.router.add_get("/go/{asked:[^/]+(?:/[^/]+)?}", links.handle)
    lists = LinkLists(pools.readers)
    application.router.add_post("/links", LinksPath(identity, lists).handle)
    application.router.add_get(openapi.PATH, openapi.handle)
    application.add_routes(routes(health))
    parts = Parts(pools.readers, database, clock, identity, refreshes, record, lists, settings.public_url)
    dashboard.add(application, parts, settings)
    return application


def _guard(hosts: frozenset[str], handler: RequestHandler) -> RequestHandler:
    """Refuse requests for another host, and say of each what no handler answered.

    Those for another host may be of a page elsewhere that has a browser send them here. What no handler
    answered becomes problem details, or on the DCS's paths its words.
    """
    latest: object = None

    @lru_cache(maxsize=1000)
    def is_ours(named: str | None) -> bool:
        host = host_of(named)
        return host is not None and (host in hosts or is_address(host))

    async def guard(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal latest
        if request.protocol is latest:
            # Else a client that sends many requests at once has them all answered before anybody else's.
            await asyncio.sleep(0)
        latest = request.protocol
        response: web.StreamResponse
        try:
            named = request.headers.get(hdrs.HOST)
            # A request line may name a host, too (RFC 9112, 3.2.2): then both have to be ours.
            if not is_ours(named) or not (request.host is named or is_ours(request.host)):
                response = problem(421, _ANOTHER_NAME)
            else:
                response = await handler(request)
        except web.HTTPException as error:
            response = _of_http(error, request)
        except Exception as error:  # noqa: BLE001 - told and logged
            response = _of_ours(error)
            if response.status == 500 and dcs_words.is_of_dcs(request.path):
                response = dcs_words.failed(dcs_words.BROKEN)
        add_common(response.headers)
        return response

    return guard


def _of_http(error: web.HTTPException, request: web.BaseRequest) -> web.Response:
    """Say what aiohttp refused; on the DCS's paths as the gateway before it does."""
    allowed = {}
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = {"Allow": ", ".join(sorted({*error.allowed_methods, "OPTIONS"}))}
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=allowed)
    if dcs_words.is_of_dcs(request.path):
        return dcs_words.of_gateway(404, "Resource not found", headers=allowed)
    if error.status in {404, 405} and (page := dashboard.nothing_here(request)):
        # The address of a form, too, which a person may open again.
        page.set_status(error.status)
        page.headers.update(allowed)
        return page
    match error:
        case web.HTTPNotFound():
            detail = NOT_THERE
        case web.HTTPMethodNotAllowed():
            detail = f"this path takes {allowed['Allow']}"
        case web.HTTPRequestEntityTooLarge():
            detail = f"a request has at most {LARGEST_BODY} bytes"
        case _:
            detail = error.reason
    return problem(error.status, detail, headers=allowed)


def _of_ours(error: Exception) -> web.Response:
    """Say what a path refused, or what failed."""
    match error:
        case Refusal():
            return problem(error.status, str(error), headers=error.headers)
        case NotAuthenticated():
            return not_authenticated()
        case TooOften():
            return too_often(error.seconds)
    if isinstance(error, VICTIMS):
        log.warning("a request could not be answered", because=in_words(error))
        return busy()
    if isinstance(error, DATABASE_AWAY):
        log.warning("a request could not be answered", because=in_words(error))
        return unavailable()
    log.error("a request failed", exc_info=error)
    return problem(500, "this is an error of dcs-mirror; its log says more")


async def _require_accounts(
    connection: connections.Connection, place: ListenAddress, trusted: TrustedProxies
) -> None:
    """Raise if the service would be open to a network without any account."""
    if place.path or is_this_machine(place.host) or trusted.networks or trusted.by_socket:
        return
    if not await book.listed(connection):
        raise SettingsError(
            f"DCS_BIND: {place} is open to a network, and there is no account. Add one first with "
            "`dcs-mirror accounts add NAME`, or name the proxy in DCS_TRUSTED_PROXIES"
        )


@asynccontextmanager
async def _background(
    worker: Worker | None, runner: web.AppRunner, record: Record, writer: Writer | None
) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_close_slow_clients(runner)), asyncio.create_task(record.write())]
    if worker is not None:
        tasks.append(asyncio.create_task(_refresh(worker)))
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            if writer is not None:
                await writer.stop()  # while the worker still has its share of the limits
            await record.finish()
        for task in tasks:
            task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait(tasks)


async def _refresh(worker: Worker) -> None:
    while True:
        try:
            await worker.run()
        except (*connections.UNREACHABLE, MirrorError) as error:
            log.warning("nothing can be refreshed: trying again", because=in_words(error))
        await asyncio.sleep(RESTART_SECONDS)


async def _close_slow_clients(runner: web.AppRunner) -> None:
    slow, loop = watch.SlowClients(), asyncio.get_running_loop()
    while True:
        await asyncio.sleep(watch.LOOK_SECONDS)
        if runner.server is not None:
            slow.close_slow(runner.server.connections, loop.time())
