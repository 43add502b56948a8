"""An answered amendment settles earlier ones that no process waits for any more, and no others (A6)."""

from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.writes import journal
from dcs_mirror.writes.commands import AmendCourse
from dcs_mirror.writes.journal import CallEnd

NOW = Clock().now()


def amendment(students: int) -> AmendCourse:
    return AmendCourse(hei_id=108, course_code="ART 7", weeks=52, students=students)


async def amended(connection: Connection, students: int) -> None:
    call_id = await journal.begin(connection, amendment(students), now=NOW)
    await journal.end(connection, call_id, CallEnd("answered"), now=NOW)


async def states(connection: Connection) -> list[tuple[str, str | None]]:
    return [(call.state, call.settlement) for call in await journal.listed(connection)]


async def test_a6_an_amendment_under_way_is_left_alone_and_one_that_was_killed_is_overtaken(
    database: str, connection: Connection
) -> None:
    async with connect(database) as other:
        await journal.begin(other, amendment(30), now=NOW)
        await amended(connection, 31)
        assert await states(connection) == [("sent", None), ("answered", None)]
    await amended(connection, 32)
    assert await states(connection) == [("settled", "overtaken"), ("answered", None), ("answered", None)]
