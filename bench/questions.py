"""What other systems ask the views: every question is one statement, which an index answers."""

import statistics
import time
from pathlib import Path

from bench.figures import Figure, Say, at_most
from bench.postgres import Server
from bench.process import BenchFailed
from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.links.check import check
from dcs_mirror.schema import contract, search
from dcs_mirror.schema.readers import schema_of

INSTITUTIONS = 200
HEI = 108
"""The institution that the questions are about; institutions are 1 to INSTITUTIONS."""
KEY = 10 * (HEI - 1)
"""The first item of this institution, which is also its id of last year. It changed in August."""
CURSOR = 10_000_000
"""A change id between the first load and June."""

_ITEM = "SELECT i.item_key, i.hei_id, i.course_code, i.title, i.content_url FROM dcs.content_item AS i"
_CHANGE = "SELECT c.change_id, c.entity, c.key, c.kind, c.details FROM dcs.change AS c"
_GUID = f"5b3c1d2e-0000-4000-8000-{KEY + 3:012}"

QUESTIONS = {
    "an ISBN": f"{_ITEM} WHERE i.isbn13 = dcs.isbn13('0-306-40615-2')",
    "an ISSN": f"{_ITEM} WHERE i.issn = dcs.issn('0317 8471')",
    "a GUID": f"{_ITEM} WHERE i.content_guid = '{_GUID}'",
    "a link": f"{_ITEM} WHERE i.content_url = 'https://content.example/{_GUID}'",
    "a course": f"{_ITEM} WHERE i.hei_id = {HEI} AND i.course_code = 'LAW101' AND i.is_openable",
    "changes since an instant": f"{_CHANGE} WHERE c.observed_at >= '2026-08-04'"
    " ORDER BY c.observed_at, c.change_id LIMIT 1000",
    "changes since before June": f"{_CHANGE} WHERE c.observed_at >= '2026-06-01'"
    " ORDER BY c.observed_at, c.change_id LIMIT 1000",
    "changes of an institution": f"{_CHANGE} WHERE c.hei_id = {HEI} AND c.change_id > {CURSOR}"
    " ORDER BY c.change_id LIMIT 1000",
    "the history of an item": "SELECT c.change_id, c.kind, c.details, c.observed_at FROM dcs.change AS c"
    f" WHERE c.entity = 'content_item' AND c.key = {KEY} ORDER BY c.change_id",
    "the end of the feed": "SELECT s.epoch, s.low_water, s.high_water FROM dcs.feed_state AS s",
    "an id of any year": "SELECT r.item_key, r.current_request_id FROM dcs.request_id AS r"
    f" WHERE r.hei_id = {HEI} AND r.request_id = {KEY}",
    "what cannot be looked up": "SELECT u.item_key, u.reason FROM dcs.unverifiable_item AS u"
    f" WHERE u.hei_id = {HEI}",
    "items as of a day": "SELECT i.item_key, i.title, i.content_status"
    f" FROM dcs.item_as_of('2026-08-01 12:00+00', {HEI}) AS i",
}
"""Statements by what they ask. Each takes at most 20 ms, for a reader of all institutions or of some."""

_FOUND = "SELECT i.item_key, i.hei_id, i.course_code, i.title, i.content_url FROM dcs.search_items"

SEARCHES = {
    "words of a title": f"{_FOUND}('contract principles of and cbkh') AS i",
    "words of a title, here": f"{_FOUND}('Contract! CASES', {HEI}) AS i LIMIT 100",
    "a beginning of a word": f"{_FOUND}('contract cbk*') AS i",
}
"""The same of words of titles, with the index that `migrate --with-search` makes."""

WITHOUT_GOAL = {
    "the feed from its beginning": f"{_CHANGE} WHERE c.change_id > 0 ORDER BY c.change_id LIMIT 1000",
}
"""Statements by what they ask, that take the longer, the more rows there are to put together."""

LINKS = 10_000
"""How many links are checked at once, by GUIDs and by ids of this year and of last year."""

_FILL = (Path(__file__).parent / "questions.sql").read_text(encoding="utf-8")


async def fill(connection: Connection, items: int) -> None:
    """Fill an empty mirror with ``items`` items that lived through a June and an August, and vacuum it."""
    await connection.execute(
        _FILL.format(institutions=INSTITUTIONS, items=max(items, 10 * INSTITUTIONS), cursor=CURSOR)
    )
    await connection.execute("VACUUM ANALYZE")


async def questions(server: Server, items: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure each question among ``items`` items, by a reader of all institutions and one of one."""
    say(f"questions among {items:,} items")
    figures = []
    async with server.mirror() as database, connect(database) as connection:
        await fill(connection, items)
        role = "dcs_bench_library"
        await contract.add_reader(connection, role, [HEI])
        await search.arrange(database, wanted=True)
        try:
            for name, question in {**QUESTIONS, **SEARCHES, **WITHOUT_GOAL}.items():
                for reader, who in (("dcs_reader", "all"), (role, "one")):
                    own = question if who == "all" else question.replace("dcs.", f"{schema_of(role)}.")
                    taken = await milliseconds(connection, reader, own, repetitions)
                    goal = None if name in WITHOUT_GOAL else at_most(20)
                    figures.append(Figure(f"{name}, reader of {who}", f"{items:,} items", "ms", taken, goal))
            taken = [await _links_checked(connection, items) for _ in range(repetitions)]
            goal = at_most(5000)
            figures.append(Figure(f"{LINKS:,} links checked", f"{items:,} items", "ms", taken, goal))
        finally:
            await contract.remove_reader(connection, role)
            await connection.execute(f"DROP ROLE {role}")
    return figures


def links(items: int) -> list[str]:
    """Lines of a list of links among ``items`` items; one of four is unknown to the mirror."""
    forms = (
        "https://proxy.example/?qurl=https%3A%2F%2Fcontent.example%2Fsecure%2Flink%3Fid%3D{guid}",
        "{key}",
        "{id}",
        "5b3c1d2e-0000-4000-8001-000000000108",
    )
    keys = ((n, 1 + n * 7919 % items) for n in range(LINKS))
    return [
        forms[n % len(forms)].format(key=key, id=items + key, guid=f"5b3c1d2e-0000-4000-8000-{key:012}")
        for n, key in keys
    ]


async def _links_checked(connection: Connection, items: int) -> float:
    """Milliseconds to check the links."""
    lines = links(items)
    began = time.perf_counter()
    await check(connection, lines)
    return 1000 * (time.perf_counter() - began)


async def milliseconds(connection: Connection, role: str, question: str, repetitions: int) -> list[float]:
    """The median of some askings, for each repetition; the first is to fill the cache.

    Raises:
        BenchFailed: if there is no row to return: to find nothing takes no time, and so says nothing.
    """
    await connection.execute(f"SET ROLE {role}")
    try:
        if not await connection.fetch(question):
            raise BenchFailed(f"no row was returned to {role} by: {question}")
        return [await _median(connection, question) for _ in range(repetitions)]
    finally:
        await connection.execute("RESET ROLE")


async def _median(connection: Connection, question: str) -> float:
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        await connection.fetch(question)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)
