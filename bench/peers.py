"""The same work done by other tools, if they are installed: dlt, and a Singer tap with target-postgres."""

from collections import defaultdict
from importlib.util import find_spec

from bench.figures import Figure, Say
from bench.limits import bare_fetch
from bench.postgres import Server, rest, wal_position
from bench.process import BenchFailed, python
from bench.upstream import serving
from bench.world import BEFORE_JUNE, World
from dcs_mirror.database.connections import connect

_MODULES = {"dlt": ("dlt",), "singer": ("singer_sdk", "target_postgres")}


async def peers(server: Server, courses: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure a first load and an unchanged night with each tool that is installed."""
    world, size, figures = World(courses), f"{courses:,} courses", []
    for peer, modules in _MODULES.items():
        if not all(find_spec(module) for module in modules):
            say(f"{peer} is not installed: .venv/bin/python -m pip install '.[peers]'")
            continue
        values: dict[str, list[float]] = defaultdict(list)
        with serving(world) as upstream:
            for repetition in range(repetitions):
                say(f"{peer}, {repetition + 1} of {repetitions}")
                bare = (await bare_fetch(upstream)).seconds
                load = ("-m", "bench.loading", peer, upstream.url(BEFORE_JUNE))
                async with server.empty() as database:
                    settings = {"DCS_DATABASE_URL": database}
                    first = await python(*load, settings=settings)
                    await _check(database, peer, world)
                    await rest(database)
                    written = await wal_position(database)
                    again = await python(*load, settings=settings)
                    written = await wal_position(database) - written
                values["first"].append(float(first.out.splitlines()[-1]) / bare)
                values["again"].append(float(again.out.splitlines()[-1]) / bare)
                values["wal"].append(written / 1024 / world.institutions)
                values["peak"].append(first.peak)
        figures += [
            Figure(f"{peer}: first load ÷ bare fetch", size, "", values["first"]),
            Figure(f"{peer}: unchanged night ÷ bare fetch", size, "", values["again"]),
            Figure(f"{peer}: WAL of an unchanged night, an institution", size, "KB", values["wal"]),
            Figure(f"{peer}: peak memory of its largest process", size, "MB", values["peak"]),
        ]
    return figures


async def _check(database: str, peer: str, world: World) -> None:
    async with connect(database) as connection:
        items = await connection.fetchval("SELECT count(*) FROM peer.content_items")
    if items != world.items:
        raise BenchFailed(f"{peer} loaded {items:,} of {world.items:,} items")
