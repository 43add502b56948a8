"""Nights that several workers share, beside the same night by one process or by one worker."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from bench.figures import Figure, Say, at_least
from bench.limits import latency
from bench.postgres import Server, rest
from bench.process import BenchFailed, mirror, workers
from bench.processor import cores, family_seconds, peak_memory, postmaster, processor_seconds
from bench.syncs import LATENCY, checked, sync
from bench.upstream import Upstream, serving
from bench.world import BEFORE_JUNE, IN_FLIGHT, World
from dcs_mirror.database.connections import connect

FAR_WORKERS = 3
"""How many workers share the night at a far-away upstream."""

_READY_SECONDS = 30
_SHARES = "SELECT w.share FROM dcs_mirror.worker AS w"
_SIZE = "SELECT pg_database_size(current_database())"
_NIGHT = """
SELECT extract(epoch FROM r.finished_at - j.enqueued_at)::double precision
FROM dcs_mirror.job AS j
JOIN dcs_mirror.sync_run AS r USING (run_id)
WHERE j.kind = 'sync'
ORDER BY j.job_id DESC
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Night:
    """A night of workers: its seconds from when it was asked for, who used how many cores, and memory.

    ``peak`` is that of the worker that needed the most, ``grown`` what the database has grown by, in MB.
    """

    seconds: float
    by_workers: float
    by_postgres: float
    by_upstream: float
    peak: float
    grown: float

    @property
    def left(self) -> float:
        """The cores that PostgreSQL and the upstream left to the workers."""
        return cores() - self.by_postgres - self.by_upstream


async def shared(
    server: Server, courses: int, counts: tuple[int, ...], repetitions: int, say: Say
) -> list[Figure]:
    """Measure a first load by so many workers ÷ one worker's, without latency: what a core more brings."""
    world = World(courses)
    values: dict[str, list[float]] = defaultdict(list)
    with serving(world) as upstream:
        for repetition in range(repetitions):
            say(f"first load of {courses:,} courses by workers, {repetition + 1} of {repetitions}")
            async with server.mirror() as database:
                alone, _ = await sync(upstream, BEFORE_JUNE, database)
            by_count = {count: await _first_load(server, upstream, count) for count in (1, *counts)}
            one = by_count[1]
            values["alone"].append(one.seconds / alone)
            for count, night in by_count.items():
                bound = min(count, night.left)
                values[f"{count} rate"].append(world.calls / night.seconds)
                values[f"{count} speed"].append(one.seconds / night.seconds)
                values[f"{count} share"].append(one.seconds / night.seconds / bound)
                values[f"{count} postgres"].append(night.by_postgres)
                values[f"{count} upstream"].append(night.by_upstream)
                values[f"{count} workers"].append(night.by_workers)
                values[f"{count} peak"].append(night.peak)
                values[f"{count} grown"].append(night.grown)
    size = f"{courses:,} courses"
    figures = [Figure("first load, one worker ÷ one process", size, "", values["alone"])]
    for count in (1, *counts):
        who = "1 worker" if count == 1 else f"{count} workers"
        figures += [
            Figure(f"first load, {who}", size, "calls/s", values[f"{count} rate"]),
            Figure(f"first load, {who}: cores that they use", size, "", values[f"{count} workers"]),
            Figure(f"first load, {who}: cores of PostgreSQL", size, "", values[f"{count} postgres"]),
            Figure(f"first load, {who}: cores of the upstream", size, "", values[f"{count} upstream"]),
            Figure(f"first load, {who}: peak memory of one", size, "MB", values[f"{count} peak"]),
            Figure(f"first load, {who}: growth of the database", size, "MB", values[f"{count} grown"]),
        ]
        if count > 1:
            speeds, shares = values[f"{count} speed"], values[f"{count} share"]
            figures += [
                Figure(f"first load, {who}: as fast as one", size, "times", speeds),
                Figure(f"first load, {who}: of what the cores left allow", size, "", shares, at_least(0.8)),
            ]
    return figures


async def far_away_shared(server: Server, courses: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure nights of three workers at 50 ms beside those of one process, with as many calls in flight."""
    world = World(courses)
    values: dict[str, list[float]] = defaultdict(list)
    with serving(world, latency=LATENCY) as upstream:
        for repetition in range(repetitions):
            say(f"{courses:,} courses by workers at 50 ms, {repetition + 1} of {repetitions}")
            ideal = world.calls * await latency(upstream) / IN_FLIGHT
            async with server.mirror() as database:
                alone = [(await sync(upstream, BEFORE_JUNE, database))[0] for _ in ("first", "quiet")]
            async with server.mirror() as database:
                with workers(FAR_WORKERS, api_url=upstream.url(BEFORE_JUNE), database=database) as pids:
                    nights = []
                    for _ in alone:
                        nights.append(await _night(upstream, database, pids))
                        await rest(database)
            for name, one, night in zip(("first", "quiet"), alone, nights, strict=True):
                values[f"{name} ideal"].append(100 * ideal / night.seconds)
                values[name].append(100 * one / night.seconds)
    size, who = f"{courses:,} courses", f"{FAR_WORKERS} workers at 50 ms"
    return [
        Figure(f"first load, {who}, share of the ideal", size, "%", values["first ideal"]),
        Figure(f"first load, {who}, of one process's share", size, "%", values["first"], at_least(95)),
        Figure(f"unchanged night, {who}, share of the ideal", size, "%", values["quiet ideal"]),
        Figure(f"unchanged night, {who}, of one process's share", size, "%", values["quiet"], at_least(95)),
    ]


async def _first_load(server: Server, upstream: Upstream, count: int) -> Night:
    async with server.mirror() as database:
        with workers(count, api_url=upstream.url(BEFORE_JUNE), database=database) as pids:
            return await _night(upstream, database, pids)


async def _night(upstream: Upstream, database: str, pids: list[int]) -> Night:
    """Have workers that are there do a night.

    Raises:
        BenchFailed: if they did not mirror the world correctly, or did not begin to live.
    """
    await _all_alive(database, len(pids))
    server = await postmaster(database)

    def used() -> tuple[float, ...]:
        by_server = family_seconds(server) if server is not None else 0.0
        return sum(map(processor_seconds, pids)), by_server, processor_seconds(upstream.pid)

    async with connect(database) as connection:
        empty: int = await connection.fetchval(_SIZE)
    before = used()
    process = await mirror(
        "enqueue", "sync", "--wait", "--json", api_url=upstream.url(BEFORE_JUNE), database=database
    )
    after = used()
    checked(process.out, upstream, BEFORE_JUNE)
    async with connect(database) as connection:
        seconds: float = await connection.fetchval(_NIGHT)
        grown = (await connection.fetchval(_SIZE) - empty) / 2**20
    by_workers, by_postgres, by_upstream = (
        (late - early) / seconds for early, late in zip(before, after, strict=True)
    )
    return Night(seconds, by_workers, by_postgres, by_upstream, max(map(peak_memory, pids)), grown)


async def _all_alive(database: str, count: int) -> None:
    """Wait until so many workers live and have fair shares, as they have long before a night begins."""
    fair = sorted(IN_FLIGHT // count + (place < IN_FLIGHT % count) for place in range(count))
    async with connect(database) as connection:
        for _ in range(_READY_SECONDS * 10):
            if sorted(row["share"] for row in await connection.fetch(_SHARES)) == fair:
                return
            await asyncio.sleep(0.1)
    raise BenchFailed(f"{count} workers did not share the requests within {_READY_SECONDS} seconds")
