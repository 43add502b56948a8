"""Nights of the mirror: first load, unchanged night and rollover, each beside the bare fetch of its calls."""

from collections import defaultdict
from datetime import UTC, datetime

import msgspec

from bench.figures import Figure, Say, at_least, at_most
from bench.limits import bare_fetch, bare_load, latency, middle
from bench.postgres import Server, bare_copy, rest, wal_position
from bench.process import BenchFailed, Finished, mirror
from bench.upstream import Upstream, serving
from bench.world import AFTER_JUNE, BEFORE_JUNE, IN_FLIGHT, World
from dcs_mirror.database.connections import connect
from dcs_mirror.downstream import targets

LATENCY = 0.05
"""Seconds by which a far-away upstream delays its answers."""

_LISTS = """
CREATE TABLE reading_list.entry AS
SELECT i.hei_id, i.request_id
FROM dcs.content_item AS i, generate_series(1, 1 + $1::bigint / (SELECT count(*) FROM dcs.content_item)) AS n
ORDER BY hashint8(i.item_key * n)
LIMIT $1
"""


class _Institution(msgspec.Struct):
    courses: int
    content_items: int
    renumbered: int


class _Report(msgspec.Struct):
    """The output of `sync --json`; ``seconds`` excludes the start of the program."""

    seconds: float
    institutions: list[_Institution]


async def nights(server: Server, courses: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure first load, unchanged night and rollover of one world beside bare fetch, bare load and COPY."""
    world = World(courses)
    values: dict[str, list[float]] = defaultdict(list)
    with serving(world) as upstream:
        for repetition in range(repetitions):
            say(f"nights of {courses:,} courses, {repetition + 1} of {repetitions}")
            async with server.mirror() as database:
                bare_seconds = await bare_load(upstream, database)
            fetched = [await bare_fetch(upstream)]
            async with server.mirror() as database:
                first, first_process = await sync(upstream, BEFORE_JUNE, database)
                fetched.append(await bare_fetch(upstream))
                copied = await bare_copy(database)
                await rest(database)
                written = await wal_position(database)
                quiet, quiet_process = await sync(upstream, BEFORE_JUNE, database)
                written = await wal_position(database) - written
                fetched.append(await bare_fetch(upstream))
                await rest(database)
                june, _ = await sync(upstream, AFTER_JUNE, database)
            bare = middle(fetched)
            values["first"].append(first / bare.seconds)
            values["bare load"].append(bare_seconds / bare.seconds)
            values["above bare load"].append(first / bare_seconds)
            values["copy"].append(first / copied)
            values["quiet"].append(quiet / bare.seconds)
            values["june"].append(june / bare.seconds)
            values["bare rate"].append(world.calls / bare.seconds)
            values["rate"].append(world.calls / first)
            values["quiet rate"].append(world.calls / quiet)
            values["wal"].append(written / 1024 / world.institutions)
            values["peak"].append(first_process.peak)
            values["first work"].append(first_process.processor_seconds / bare.processor_seconds)
            values["quiet work"].append(quiet_process.processor_seconds / bare.processor_seconds)
    size, most_memory = f"{courses:,} courses", 150 if courses <= 3000 else 250
    return [
        Figure("bare fetch", size, "calls/s", values["bare rate"]),
        Figure("first load", size, "calls/s", values["rate"]),
        Figure("unchanged night", size, "calls/s", values["quiet rate"]),
        Figure("first load ÷ bare fetch", size, "", values["first"], at_most(2.5)),
        Figure("bare load ÷ bare fetch", size, "", values["bare load"]),
        Figure("first load ÷ bare load", size, "", values["above bare load"]),
        Figure("first load ÷ bare COPY of its items", size, "", values["copy"]),
        Figure("unchanged night ÷ bare fetch", size, "", values["quiet"], at_most(1.25)),
        Figure("processor time of a first load ÷ of the bare fetch", size, "", values["first work"]),
        Figure("processor time of an unchanged night ÷ of the bare fetch", size, "", values["quiet work"]),
        Figure("June night ÷ bare fetch", size, "", values["june"]),
        Figure("WAL of an unchanged night, an institution", size, "KB", values["wal"], at_most(10)),
        Figure("peak memory of a first load", size, "MB", values["peak"], at_most(most_memory)),
    ]


async def far_away(server: Server, courses: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure how close to the ideal a night comes if each answer takes 50 ms."""
    world = World(courses)
    latencies, shares = [], defaultdict(list)
    with serving(world, latency=LATENCY) as upstream:
        for repetition in range(repetitions):
            say(f"{courses:,} courses at {1000 * LATENCY:.0f} ms, {repetition + 1} of {repetitions}")
            seconds_per_call = await latency(upstream)
            ideal = world.calls * seconds_per_call / IN_FLIGHT
            bare = await bare_fetch(upstream)
            async with server.mirror() as database:
                first, _ = await sync(upstream, BEFORE_JUNE, database)
                quiet, _ = await sync(upstream, BEFORE_JUNE, database)
            latencies.append(1000 * seconds_per_call)
            for name, seconds in ("bare", bare.seconds), ("first", first), ("quiet", quiet):
                shares[name].append(100 * ideal / seconds)
    size = f"{courses:,} courses"
    return [
        Figure("latency of a call at 50 ms", size, "ms", latencies),
        Figure("bare fetch at 50 ms, share of the ideal", size, "%", shares["bare"]),
        Figure("first load at 50 ms, share of the ideal", size, "%", shares["first"], at_least(95)),
        Figure("unchanged night at 50 ms, share of the ideal", size, "%", shares["quiet"], at_least(95)),
    ]


async def registered(server: Server, courses: int, rows: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure what it costs an unchanged night to prove a registered column of ``rows`` ids (R9).

    June has passed, so that the history holds an old id of every item.
    """
    world, ratios = World(courses), []
    with serving(world) as upstream:
        async with server.mirror() as database:
            await sync(upstream, BEFORE_JUNE, database)
            await sync(upstream, AFTER_JUNE, database)
            async with connect(database) as connection:
                await connection.execute("CREATE SCHEMA reading_list")
                await connection.execute(_LISTS, rows)
            await rest(database)
            for repetition in range(repetitions):
                say(f"nights with {rows:,} registered rows, {repetition + 1} of {repetitions}")
                without = await _unchanged(upstream, database)
                async with connect(database) as connection:
                    now = datetime.now(UTC)
                    await targets.add(
                        connection, "reading_list.entry", "request_id", hei_column="hei_id", now=now
                    )
                ratios.append(await _unchanged(upstream, database) / without)
                async with connect(database) as connection:
                    await targets.remove(connection, "reading_list.entry", "request_id")
    size = f"{rows:,} rows, {courses:,} courses"
    return [Figure("unchanged night with registered rows ÷ without", size, "", ratios, at_most(1.1))]


async def largest(server: Server, courses: int, say: Say) -> list[Figure]:
    """Measure the memory of a first load of the whole country, once, because it takes minutes."""
    world = World(courses)
    say(f"first load of {world.items:,} items")
    with serving(world) as upstream:
        async with server.mirror() as database:
            _, process = await sync(upstream, BEFORE_JUNE, database)
    size = f"{world.items:,} items"
    return [Figure("peak memory of a first load", size, "MB", [process.peak], at_most(250))]


def growth(figures: list[Figure]) -> list[Figure]:
    """The rate of calls at the largest size of ``nights`` ÷ that at the smallest: 1 is linear."""
    growths = []
    for measure in ("first load", "unchanged night"):
        rates = [figure for figure in figures if figure.measure == measure]
        if len(rates) > 1:
            ratios = [rates[-1].median / rates[0].median]
            sizes = f"{rates[0].size.split()[0]} to {rates[-1].size}"
            growths.append(Figure(f"{measure}, rate kept while growing", sizes, "", ratios, at_least(0.9)))
    return growths


async def _unchanged(upstream: Upstream, database: str) -> float:
    """Seconds of a night after June in which nothing changes.

    Raises:
        BenchFailed: if something changed.
    """
    process = await mirror("sync", "--json", api_url=upstream.url(AFTER_JUNE), database=database)
    report = msgspec.json.decode(process.out, type=_Report)
    if any(institution.renumbered for institution in report.institutions):
        raise BenchFailed("a second night in June renumbered items again")
    return report.seconds


async def sync(upstream: Upstream, year: int, database: str) -> tuple[float, Finished]:
    """Sync once; return its seconds and the process.

    Raises:
        BenchFailed: if it did not mirror the world correctly.
    """
    process = await mirror("sync", "--json", api_url=upstream.url(year), database=database)
    return checked(process.out, upstream, year), process


def checked(out: str, upstream: Upstream, year: int) -> float:
    """Return the seconds of a sync that printed ``out``.

    Raises:
        BenchFailed: if it did not mirror the world correctly.
    """
    report = msgspec.json.decode(out, type=_Report)
    items = sum(institution.content_items for institution in report.institutions)
    renumbered = sum(institution.renumbered for institution in report.institutions)
    expected = upstream.world.items
    if items != expected or renumbered != (expected if year == AFTER_JUNE else 0):
        raise BenchFailed(f"a sync of {expected:,} items mirrored {items:,} and renumbered {renumbered:,}")
    return report.seconds
