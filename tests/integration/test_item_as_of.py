"""`dcs.item_as_of`: the items as the views showed them on earlier days."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import contract
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role
from tests.support.sessions import look

NIGHTS = ("2026-03-01", "2026-03-02", "2026-06-10", "2026-08-04", "2026-08-05", "2026-09-01")
Items = dict[int, Any]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=5, items=5), seed=8)) as running:
        yield running


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


async def events(sandbox: RunningSandbox, day: str) -> None:
    for place, institution in enumerate((await control(sandbox, "state"))["institutions"]):
        if "-06-" in day:
            await control(sandbox, "rollover", hei=institution["id"], without_previous_id=0.2)
        elif day == "2026-08-04":
            await control(sandbox, "recheck", hei=institution["id"], kind="pending", share=0.5)
        elif day != NIGHTS[0]:
            await control(
                sandbox, "random-edits", hei=institution["id"], count=25, seed=place + int(day[-2:])
            )


async def items(connection: Connection, source: str, *values: object) -> Items:
    rows = await connection.fetch(f"SELECT i.item_key, to_jsonb(i)::text FROM {source} AS i", *values)
    assert len({row[0] for row in rows}) == len(rows)
    return {key: json.loads(item) for key, item in rows}


async def lived(dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection) -> dict[str, Items]:
    """Live through all nights; return what the view showed after each."""
    shown = {}
    for day in NIGHTS:
        await events(sandbox, day)
        finished = await dcs_mirror.but(DCS_NOW=f"{day}T12:00:00Z")("sync", "--json")
        assert finished.code in (0, 1), finished
        shown[day] = await items(connection, "dcs.content_item")
    return shown


async def _with_changes_of_nothing(connection: Connection, hei: int) -> None:
    """An entry of the feed that names no column, of an item or a course, changes no answer."""
    at = noon(NIGHTS[-1]) + timedelta(minutes=10)
    before = await items(connection, "dcs.item_as_of($1, $2)", at, hei)
    inserted = """
        INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
        SELECT 1, i.hei_id, e.entity, e.key, 'changed', '{}', $1
        FROM dcs.content_item AS i
        CROSS JOIN LATERAL (VALUES ('content_item', i.item_key), ('course', i.course_key)) AS e (entity, key)
        WHERE i.hei_id = $2 AND e.key IS NOT NULL
    """
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(inserted, at + timedelta(days=1), hei)
    assert await items(connection, "dcs.item_as_of($1, $2)", at, hei) == before != {}
    await transaction.rollback()


async def test_it_is_what_the_view_showed_then(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection, database: str
) -> None:
    shown = await lived(dcs_mirror, sandbox, connection)
    heis = sorted({item["hei_id"] for item in shown[NIGHTS[0]].values()})
    reasons = {item["why_not"] for day in NIGHTS for item in shown[day].values()}
    assert {"removed", "pending"} < reasons
    assert any((reason or "").startswith("course-") for reason in reasons)
    await connection.execute("SET ROLE dcs_reader; SET search_path = ''")
    for day, later in zip(NIGHTS, (*NIGHTS[1:], "2030-01-01"), strict=True):
        for hei in heis:
            expected = {key: item for key, item in shown[day].items() if item["hei_id"] == hei}
            for at in (noon(day) + timedelta(minutes=10), noon(later) - timedelta(minutes=10)):
                assert await items(connection, "dcs.item_as_of($1, $2)", at, hei) == expected, (day, hei, at)
    assert (
        await items(connection, "dcs.item_as_of($1, $2)", noon(NIGHTS[0]) - timedelta(days=1), heis[0]) == {}
    )
    for arguments in ((None, heis[0]), (noon(NIGHTS[3]), None), (noon(NIGHTS[3]), 999_999)):
        assert await items(connection, "dcs.item_as_of($1, $2)", *arguments) == {}
    await connection.execute("RESET ROLE; RESET search_path")
    await _with_changes_of_nothing(connection, heis[0])

    async with login_role(connection, "library") as role:
        await contract.add_reader(connection, role, [heis[0]])
        async with look(entered_as(database, role)) as session:
            there = f'"dcs_{role}".item_as_of($1, $2)'
            at = noon(NIGHTS[2]) + timedelta(minutes=10)
            own = {key: item for key, item in shown[NIGHTS[2]].items() if item["hei_id"] == heis[0]}
            assert await items(session, there, at, heis[0]) == own
            assert await items(session, there, at, heis[1]) == {}
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute("SELECT FROM dcs.item_as_of(now(), 1)")

    pruned = await dcs_mirror.but(DCS_NOW="2026-09-02T12:00:00Z")("prune", "--before", "2026-07-01", "--json")
    assert pruned.code == 0, pruned
    begins = await connection.fetchval("SELECT low_water_at FROM dcs.feed_state")
    assert noon(NIGHTS[2]) <= begins < noon(NIGHTS[3])
    with pytest.raises(asyncpg.InvalidParameterValueError, match="pruned up to 2026-06-10"):
        await items(connection, "dcs.item_as_of($1, $2)", begins - timedelta(microseconds=1), heis[0])
    for at, day in ((begins, NIGHTS[2]), (noon(NIGHTS[4]) + timedelta(hours=1), NIGHTS[4])):
        expected = {key: item for key, item in shown[day].items() if item["hei_id"] == heis[0]}
        found = await items(connection, "dcs.item_as_of($1, $2)", at, heis[0])
        for item in (*found.values(), *expected.values()):
            del item["changed_at"]  # of an item that changed again later, if it is one of a pruned entry
        assert found == expected
