"""Lower bounds of the mirror's nights, measured without it: HTTP alone, and the least work of one process."""

import statistics
from dataclasses import dataclass

from bench.process import Finished, python
from bench.upstream import Upstream
from bench.world import BEFORE_JUNE


@dataclass(frozen=True, slots=True)
class Fetched:
    """A bare fetch: its seconds, and the processor seconds of its process, the start included."""

    seconds: float
    processor_seconds: float


async def bare_fetch(upstream: Upstream) -> Fetched:
    """Make the calls of a reading with the mirror's HTTP client and no other work."""
    process = await _run("bench.fetch", upstream, "aiohttp")
    return Fetched(float(process.out), process.processor_seconds)


def middle(fetched: list[Fetched]) -> Fetched:
    """The median of several fetches: a single one is short enough to be distorted by the machine's load."""
    return Fetched(
        statistics.median(one.seconds for one in fetched),
        statistics.median(one.processor_seconds for one in fetched),
    )


async def raw_fetch(upstream: Upstream) -> float:
    """Seconds that the calls of a reading take with a client that uses the sockets directly."""
    return float((await _run("bench.fetch", upstream, "raw")).out)


async def latency(upstream: Upstream) -> float:
    """Median seconds from a call to its answer when nothing else is in progress."""
    return float((await _run("bench.fetch", upstream, "lone")).out)


async def bare_load(upstream: Upstream, database: str) -> float:
    """Seconds of a bare fetch whose items are also copied into a table of a mirror's database."""
    return float((await _run("bench.bare_load", upstream, database=database)).out)


async def _run(module: str, upstream: Upstream, *options: str, database: str = "") -> Finished:
    courses = str(upstream.world.courses)
    settings = {"DCS_DATABASE_URL": database} if database else None
    return await python("-m", module, upstream.url(BEFORE_JUNE), courses, *options, settings=settings)
