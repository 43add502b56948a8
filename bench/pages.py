"""What the dashboard takes to begin its pages, among as many items as the whole country has."""

import statistics
import time
from pathlib import Path
from urllib.parse import quote

import aiohttp

from bench.figures import Figure, Say, at_most
from bench.postgres import Server
from bench.process import BenchFailed, running
from bench.processor import family_seconds, postmaster, processor_seconds
from bench.questions import HEI, KEY, fill
from bench.service import free_port, listening
from dcs_mirror.database.connections import connect

_FILL = (Path(__file__).parent / "pages.sql").read_text(encoding="utf-8")
TIMES = 9
"""How often a page is asked for; the median counts. Once more before, to fill the cache."""


def pages(items: int) -> dict[str, str]:
    """The addresses that are measured, by what they are, among ``items`` items."""
    number = items + KEY
    searches = {
        "an ISBN": "0-306-40615-2",
        "a request id": str(number),
        "an id of last year": str(KEY),
        "words": "contract principles",
        "a course and a lecturer": "LAW101",
        "what nothing has": "xyzzy",
    }
    return {
        "overview": "/",
        "institution": f"/institutions/{HEI}",
        "item": f"/items/{KEY}",
        "items of an institution": f"/items?hei={HEI}",
        "items of an institution, the last page": f"/items?hei={HEI}&items-page=100",
        "items of an institution, by title": f"/items?hei={HEI}&items-sort=title",
        "items in a state": f"/items?hei={HEI}&status=Pending",
        **{f"search for {what}": f"/items?hei={HEI}&q={quote(text)}" for what, text in searches.items()},
        "search for an ISBN everywhere": f"/items?q={quote(searches['an ISBN'])}",
        "June": "/june",
        "June of an institution": f"/june/{HEI}",
        "August": "/august",
        "August of an institution": f"/august?hei={HEI}",
        "August, the last page": "/august?state=any&flags-page=400",
        "requests": "/requests",
        "requests, those of the DCS by title": "/requests?dcs_requests-sort=title",
        "requests found by words": "/requests?q=contract",
        "requests found by no words": "/requests?q=zzzz",
        "requests of an institution": f"/requests?hei={HEI}",
        "links": "/links",
        "operations": "/operations",
        "institutions of a run": "/operations?run=3",
        "items that a run renumbered": f"/institutions/{HEI}/runs/2",
        "items that a run changed": f"/institutions/{HEI}/runs/3?what=changed",
    }


async def first_bytes(server: Server, items: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure until the first byte of each page, on a connection that is open, and the processor time."""
    say(f"pages among {items:,} items")
    async with server.mirror() as database:
        async with connect(database) as connection:
            await fill(connection, items)
            await connection.execute(_FILL.format(hei=HEI))
            await connection.execute("VACUUM ANALYZE")
        postgres = await postmaster(database)
        port = free_port()
        settings = {"DCS_DATABASE_URL": database, "DCS_BIND": f"127.0.0.1:{port}", "DCS_CLIENT_RATE": "0"}
        figures = []
        with running("-m", "dcs_mirror", "serve", settings=settings) as pid:
            await listening(port)
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                for name, path in pages(items).items():
                    taken, spent = [], []
                    await _first_byte(session, path)
                    for _ in range(repetitions):
                        before = _processor_seconds(pid, postgres)
                        taken.append(
                            statistics.median([await _first_byte(session, path) for _ in range(TIMES)])
                        )
                        spent.append(1000 * (_processor_seconds(pid, postgres) - before) / TIMES)
                    size = f"{items:,} items"
                    figures += [
                        Figure(f"page: {name}", size, "ms", taken, at_most(200)),
                        Figure(f"page: {name}, processor time", size, "ms", spent),
                    ]
    return figures


async def _first_byte(session: aiohttp.ClientSession, path: str) -> float:
    """Milliseconds until the answer begins, which is then read to its end.

    Raises:
        BenchFailed: if it is no page.
    """
    began = time.perf_counter()
    async with session.get(path, headers={"Accept": "text/html"}, allow_redirects=False) as answer:
        await answer.content.read(1)
        taken = 1000 * (time.perf_counter() - began)
        text = await answer.text()
        if answer.status != 200:
            raise BenchFailed(f"{path} is answered with {answer.status}: {text[:200]}")
    return taken


def _processor_seconds(pid: int, postgres: int | None) -> float:
    """Of the service, and of PostgreSQL if it is on this machine."""
    return processor_seconds(pid) + (0.0 if postgres is None else family_seconds(postgres))
