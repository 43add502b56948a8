"""The lower bound of a first load in one process: a bare fetch whose answers are decoded and items copied.

``python -m bench.bare_load URL COURSES`` loads into a table of the mirror at DCS_DATABASE_URL and prints the
seconds. Libraries, decoder, order of the calls and indexes of the table are the mirror's. Nothing is
compared, matched, guarded or recorded, and no call is paced or retried.
"""

import asyncio
import gc
import os
import sys
import time
from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import msgspec
import uvloop
from yarl import URL

from bench.world import IN_FLIGHT, World
from dcs_mirror.database.connections import MAX_APPLIES
from dcs_mirror.reconcile.staging import ROWS_PER_YIELD
from dcs_mirror.records import ContentItem
from dcs_mirror.upstream import wire

_TABLE = """
CREATE TABLE public.bare (LIKE dcs_mirror.content_item INCLUDING ALL);
ALTER TABLE public.bare
    ALTER hei_id SET DEFAULT 0,
    ALTER first_seen_at SET DEFAULT now(),
    ALTER seen_at SET DEFAULT now(),
    ALTER changed_at SET DEFAULT now();
"""


async def _rows(items: list[ContentItem]) -> AsyncIterator[tuple[object, ...]]:
    for number, item in enumerate(items):
        if number % ROWS_PER_YIELD == 0:
            await asyncio.sleep(0)
        yield (*msgspec.structs.astuple(item)[:-1], "{}")


async def _load(origin: str, world: World, year: int, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    calls = ((n, target) for n in range(world.institutions) for target in world.targets_of(n, year))
    first = next(world.targets(year))
    answers = [0] * world.institutions
    items: list[list[ContentItem]] = [[] for _ in answers]

    async def copy(institution: int) -> None:
        async with pool.acquire() as connection:
            await connection.copy_records_to_table(
                "bare",
                schema_name="public",
                columns=ContentItem.__struct_fields__,
                records=_rows(items[institution]),
            )
        items[institution] = []

    async def work() -> None:
        for institution, target in calls:
            async with session.get(URL(origin + target, encoded=True)) as response:
                body = await response.read()
            await asyncio.sleep(0)
            if "GetCourseContent" in target:
                items[institution] += wire.content(body).items
            answers[institution] += 1
            if answers[institution] > len(world.courses_of(institution)):
                group.create_task(copy(institution))

    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, raise_for_status=True) as session,
        asyncio.TaskGroup() as group,
    ):
        async with session.get(URL(origin + first, encoded=True)) as response:
            await response.read()
        for _ in range(IN_FLIGHT):
            group.create_task(work())


async def _main(url: str, courses: int) -> None:
    gc.disable()
    origin, _, year = url.rpartition("/")
    async with asyncpg.create_pool(os.environ["DCS_DATABASE_URL"], min_size=0, max_size=MAX_APPLIES) as pool:
        await pool.execute(_TABLE)
        began = time.perf_counter()
        await _load(origin, World(courses), int(year), pool)
        seconds = time.perf_counter() - began
        await pool.execute("DROP TABLE public.bare")
    sys.stdout.write(f"{seconds}\n")


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], int(sys.argv[2])))
