"""What each index of the items costs: bytes, and time when an item is written."""

import time
from pathlib import Path

from bench.figures import Figure, Say
from bench.postgres import Server
from bench.questions import fill
from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.schema import search

_INDEXES = sql.load(Path(__file__).parent / "indexes.sql").text
_COPY = """
DROP TABLE IF EXISTS public.copy;
CREATE TABLE public.copy (LIKE dcs_mirror.content_item INCLUDING GENERATED)
"""
_COLUMNS = """
SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
WHERE a.attrelid = 'dcs_mirror.content_item'::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = ''
"""


async def indexes(server: Server, items: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure each index alone: its size, and an INSERT of all items with it ÷ the same without any index."""
    say(f"indexes of {items:,} items")
    figures = []
    async with server.mirror() as database, connect(database) as connection:
        await fill(connection, items)
        await search.arrange(database, wanted=True)
        columns = await connection.fetchval(_COLUMNS)
        insert = f"INSERT INTO public.copy ({columns}) SELECT {columns} FROM dcs_mirror.content_item"
        found = await connection.fetch(_INDEXES)
        size = f"{items:,} items"
        for name, definition, stored in found:
            ratios = [await _ratio(connection, insert, [definition]) for _ in range(repetitions)]
            figures.append(Figure(f"INSERT with {name} ÷ without", size, "", ratios))
            figures.append(Figure(f"{name}, an item", size, "bytes", [stored / items] * repetitions))
        usual = [row["definition"] for row in found if row["name"] != "content_item_words"]
        ratios = [await _ratio(connection, insert, usual) for _ in range(repetitions)]
        figures.append(Figure("INSERT with all of these but content_item_words ÷ without", size, "", ratios))
    return figures


async def _ratio(connection: Connection, insert: str, definitions: list[str]) -> float:
    bare = await _seconds(connection, insert, [])
    return await _seconds(connection, insert, definitions) / bare


async def _seconds(connection: Connection, insert: str, definitions: list[str]) -> float:
    await connection.execute(_COPY)
    for definition in definitions:
        await connection.execute(definition)
    await connection.execute("CHECKPOINT")
    began = time.perf_counter()
    await connection.execute(insert)
    return time.perf_counter() - began
