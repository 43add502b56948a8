"""What bounds the mirror's nights, measured without it: the wire, and the least work of one process."""

import statistics
from dataclasses import dataclass

from bench.process import Finished, python
from bench.upstream import Upstream
from bench.world import BEFORE_JUNE


@dataclass(frozen=True, slots=True)
class Fetched:
    """A bare fetch: its own seconds, and the processor time of its process, the start included."""

    seconds: float
    worked: float


async def bare_fetch(upstream: Upstream) -> Fetched:
    """The calls of a reading made by the mirror's HTTP client, without any other work."""
    process = await _run("bench.fetch", upstream, "aiohttp")
    return Fetched(float(process.out), process.worked)


def middle(fetched: list[Fetched]) -> Fetched:
    """The median of some: one takes a moment, which may be a slow one of the machine's."""
    return Fetched(
        statistics.median(one.seconds for one in fetched), statistics.median(one.worked for one in fetched)
    )


async def raw_fetch(upstream: Upstream) -> float:
    """Seconds in which a client that speaks to the sockets makes the calls of a reading."""
    return float((await _run("bench.fetch", upstream, "raw")).out)


async def latency(upstream: Upstream) -> float:
    """Seconds from a call to its answer, where nothing else is under way."""
    return float((await _run("bench.fetch", upstream, "lone")).out)


async def bare_load(upstream: Upstream, database: str) -> float:
    """Seconds of a bare fetch whose items are copied into one table of a mirror's database."""
    return float((await _run("bench.bare_load", upstream, database=database)).out)


async def _run(module: str, upstream: Upstream, *more: str, database: str = "") -> Finished:
    courses = str(upstream.world.courses)
    settings = {"DCS_DATABASE_URL": database} if database else None
    return await python("-m", module, upstream.url(BEFORE_JUNE), courses, *more, settings=settings)
