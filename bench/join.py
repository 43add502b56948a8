"""Joins stored request ids of any year to today's: through the view, and with a hand-written query."""

import time

from bench.figures import Figure, Say, at_most
from bench.postgres import Server
from dcs_mirror.database.connections import Connection, connect

THROUGH_THE_VIEW = """
SELECT s.request_id, r.current_request_id
FROM public.stored AS s
LEFT JOIN dcs.request_id AS r ON r.request_id = s.request_id
"""
BY_HAND = """
SELECT s.request_id, coalesce(i.request_id, h.request_id)
FROM public.stored AS s
LEFT JOIN dcs.content_item AS i ON i.request_id = s.request_id
LEFT JOIN dcs.request_id_history AS h ON h.old_request_id = s.request_id AND i.request_id IS NULL
"""


async def fill(connection: Connection, items: int) -> None:
    """Insert ``items`` items, each with one id of last year, and as many stored ids, half of them old."""
    await connection.execute(
        f"""
        INSERT INTO dcs_mirror.institution (hei_id, subscribed, first_seen_at, changed_at)
        VALUES (209, true, now(), now());
        INSERT INTO dcs_mirror.content_item (item_key, hei_id, request_id, first_seen_at, seen_at, changed_at)
        SELECT n, 209, {items:d} + n, now(), now(), now() FROM generate_series(1, {items:d}) AS n;
        INSERT INTO dcs_mirror.request_id_history (old_request_id, hei_id, item_key, replaced_at, via)
        SELECT n, 209, n, now(), 'previous-year-id' FROM generate_series(1, {items:d}) AS n;
        CREATE TABLE public.stored AS SELECT n AS request_id FROM generate_series(1, 2 * {items:d}, 2) AS n;
        ANALYZE dcs_mirror.content_item, dcs_mirror.request_id_history, public.stored;
        """
    )


async def join(server: Server, rows: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure the join of ``rows`` stored ids through ``dcs.request_id`` ÷ the hand-written join."""
    say(f"a join of {rows:,} stored ids")
    ratios = []
    async with server.mirror() as database, connect(database) as connection:
        await fill(connection, rows)
        await connection.execute("VACUUM ANALYZE")
        await _seconds(connection, BY_HAND)  # warms the cache for both
        for _ in range(repetitions):
            through = await _seconds(connection, THROUGH_THE_VIEW)
            ratios.append(through / await _seconds(connection, BY_HAND))
    return [Figure("join on dcs.request_id ÷ join by hand", f"{rows:,} ids", "", ratios, at_most(1.2))]


async def _seconds(connection: Connection, query: str) -> float:
    began = time.perf_counter()
    await connection.fetchval(f"SELECT sum(today) FROM ({query}) AS joined (id, today)")
    return time.perf_counter() - began
