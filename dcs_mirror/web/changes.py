"""The change feed over HTTP: pages, and a stream of server-sent events."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from dcs_mirror.database.connections import Pool
from dcs_mirror.upstream.fields import INT4_MAX, INT8_MAX
from dcs_mirror.web.access import STATEMENTS, Access, AccessChecks
from dcs_mirror.web.common_headers import COMMON
from dcs_mirror.web.identity import Identity
from dcs_mirror.web.problems import DATABASE_AWAY, NOT_THERE, digits, parameters_of, problem, whole_number

USUAL, MOST = 1000, 10_000
"""How many changes a page has, if the client does not say and at most."""
POLL_SECONDS = 1.0
ALIVE_SECONDS = 15.0
"""A stream says so often that it lives, though nothing changes: proxies close what is silent."""
MOST_STREAMS = 200
_GONE = "changes up to {} were deleted to save space. Read everything again, then go on from 'after' = {}"


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in their order: their ids and JSON, and after which one to go on."""

    epoch: str
    low_water: int
    ids: list[int]
    written: list[str]
    next: int


class Changes:
    """Answers ``/api/changes``.

    Args:
        identity: finds out who asks.
        checks: asks whether they still may.
        pool: connections that only read.
    """

    def __init__(self, identity: Identity, checks: AccessChecks, pool: Pool) -> None:
        self._identity = identity
        self._checks = checks
        self._pool = pool
        self._streams = 0
        self._stopping = asyncio.Event()

    async def stop(self, _: web.Application) -> None:
        """End all streams; their clients go on elsewhere."""
        self._stopping.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer with a page, or with a stream if the client takes one.

        Raises:
            WrongParameter, NotAuthenticated, TooOften, DatabaseUnavailable: as the service says it in words.
        """
        parameters = parameters_of(request, known={"after", "hei", "limit"})
        hei_id = whole_number(parameters, "hei", least=1, most=INT4_MAX)
        after = whole_number(parameters, "after", least=0, most=INT8_MAX) or 0
        limit = whole_number(parameters, "limit", least=1, most=MOST) or USUAL
        name, access = await self._identity.of(request, hei_id)
        if hei_id is not None and not access.is_seen:
            return problem(404, NOT_THERE)
        if "text/event-stream" in request.headers.get("Accept", ""):
            return await self._stream(request, name, access, _last_event(request) or after, hei_id)
        page = await self._page(name, after, hei_id, limit)
        if after and after < page.low_water:
            return problem(410, _GONE.format(page.low_water, page.low_water))
        body = (
            f'{{"changes":[{",".join(page.written)}],"next":{page.next},"epoch":"{page.epoch}",'
            f'"low_water":{page.low_water}}}'
        )
        headers = {"Cache-Control": "no-store", "Vary": "Authorization"}
        return web.Response(text=body, content_type="application/json", headers=headers)

    async def _page(self, name: str, after: int, hei_id: int | None, limit: int) -> Page:
        values = {"name": name, "after": after, "hei_id": hei_id, "most": limit}
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(*STATEMENTS["changes"].bind(values))
        assert row is not None  # noqa: S101 - the feed always has a state
        ids = row["ids"]
        # Those of others need not be passed again.
        goes_on = ids[-1] if len(ids) == limit else max(after, row["high_water"])
        return Page(row["epoch"], row["low_water"], ids, row["written"], goes_on)

    async def _stream(
        self, request: web.Request, name: str, access: Access, after: int, hei_id: int | None
    ) -> web.StreamResponse:
        if self._streams >= MOST_STREAMS:
            return problem(503, "too many streams are open: ask for pages", headers={"Retry-After": "60"})
        response = web.StreamResponse(
            headers=COMMON
            | {
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "Vary": "Authorization",
                "X-Accel-Buffering": "no",
            }
        )
        self._streams += 1
        try:
            await response.prepare(request)
            await self._send(response, name, access, after, hei_id)
        except DATABASE_AWAY:
            pass  # the client asks again, and is told what is wrong
        finally:
            self._streams -= 1
        return response

    async def _send(
        self, response: web.StreamResponse, name: str, access: Access, after: int, hei_id: int | None
    ) -> None:
        loop = asyncio.get_running_loop()
        epoch, told_at = None, loop.time()
        while not self._stopping.is_set():
            page = await self._page(name, after, hei_id, USUAL)
            now = await self._checks.check(name, hei_id)
            if now is None or now[:4] != access[:4] or (after and after < page.low_water):
                return  # removed, rotated, restricted, or what was asked for is gone
            if epoch not in {None, page.epoch}:
                return
            events = [
                f"id: {change_id}\nevent: change\ndata: {written}\n\n"
                for change_id, written in zip(page.ids, page.written, strict=True)
            ]
            if events or loop.time() - told_at >= ALIVE_SECONDS or epoch is None:
                await response.write("".join(events or [": alive\n\n"]).encode())
                told_at = loop.time()
            epoch, after = page.epoch, page.next
            if len(events) < USUAL:
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._stopping.wait()
                except TimeoutError:
                    continue


def _last_event(request: web.Request) -> int | None:
    return digits(request.headers.get("Last-Event-ID"))
