"""What a downstream reader sees of the institutions, each time in one snapshot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from bench.rollover import STRAYS
from dcs_mirror.database.connections import Connection

State = tuple[object, ...]
"""One institution: its year, its courses' years, its ids, its history, the registered ids, its feed."""

States = dict[int, State]
"""Institution -> its state; all of them from one snapshot."""

# One statement is one snapshot. Nothing in it is a time or a run, so that two runs can be compared.
_STATES = """
SELECT i.hei_id, i.academic_year,
       (SELECT array_agg(DISTINCT c.academic_year) FROM dcs.course AS c
        WHERE c.hei_id = i.hei_id AND c.removed_at IS NULL) AS course_years,
       (SELECT jsonb_object_agg(t.item_key, t.request_id)::text FROM dcs.content_item AS t
        WHERE t.hei_id = i.hei_id AND t.removed_at IS NULL) AS live,
       (SELECT jsonb_object_agg(h.old_request_id, ARRAY[h.item_key, h.request_id])::text
        FROM dcs.request_id_history AS h WHERE h.hei_id = i.hei_id) AS history,
       (SELECT jsonb_object_agg(e.entry_id, e.request_id)::text FROM reading_list.entry AS e
        WHERE e.hei_id = i.hei_id) AS registered,
       (SELECT count(*) FROM dcs.change AS f WHERE f.hei_id = i.hei_id) AS changes,
       (SELECT count(*) FROM dcs.rollover AS r WHERE r.hei_id = i.hei_id) AS rollovers
FROM dcs.institution AS i
"""


async def states(connection: Connection) -> States:
    """Every institution as one snapshot shows it."""
    rows = await connection.fetch(_STATES)
    return {row["hei_id"]: tuple(row.values())[1:] for row in rows}


async def states_at(url: str) -> States:
    """The same over a connection of its own, so that the database can be cloned afterwards."""
    connection = await asyncpg.connect(url)
    try:
        return await states(connection)
    finally:
        await connection.close()


class Watch:
    """What was seen: the different states in their order, and the most registered ids without an item."""

    def __init__(self) -> None:
        self.seen: list[States] = []
        self.strays = 0
        self.polls = 0

    def of(self, hei_id: int) -> list[State]:
        """One institution's states, each as often as it was entered."""
        found: list[State] = []
        for seen in self.seen:
            if not found or found[-1] != seen[hei_id]:
                found.append(seen[hei_id])
        return found


@asynccontextmanager
async def watching(url: str, *, only_strays: bool = False) -> AsyncIterator[Watch]:
    """Reads the views over and over while the block runs, at least once before it and once after."""
    connection = await asyncpg.connect(url)
    watch, stopping = Watch(), asyncio.Event()

    async def look() -> None:
        watch.strays = max(watch.strays, await connection.fetchval(STRAYS))
        if not only_strays:
            found = await states(connection)
            if not watch.seen or watch.seen[-1] != found:
                watch.seen.append(found)
        watch.polls += 1

    async def poll() -> None:
        while not stopping.is_set():
            await look()

    try:
        await look()
        async with asyncio.TaskGroup() as group:
            group.create_task(poll())
            try:
                yield watch
            finally:
                stopping.set()
        await look()
    finally:
        await connection.close()
