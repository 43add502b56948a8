"""Every statement of docs/downstream.md, run over a June and an August: each recipe keeps its promise."""

import asyncio
import json
import os
import re
import shlex
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import control
from tests.support.running import refresh, sync

GUIDE = (Path(__file__).parents[2] / "docs" / "downstream.md").read_text(encoding="utf-8")
HEI, OTHER = 108, 112
MAY, JUNE = datetime(2026, 5, 20, 1, tzinfo=UTC), datetime(2026, 6, 9, 1, tzinfo=UTC)
JULY, AUGUST = datetime(2026, 7, 30, 1, tzinfo=UTC), datetime(2026, 8, 4, 1, tzinfo=UTC)

# Roles are the server's, not the database's: the page's names, with something of this run's.
ROLES = {name: f"{name}_{os.getpid()}" for name in ("dcs_mirror", "reading_lists")}
PASSWORD = "for-this-test"

USED = {
    "Get access": 1,
    "Which links work today": 1,
    "Which links stopped": 2,
    "Store the item's key": 4,
    "Register the column": 3,
    "In May: rehearse": 2,
    "In June: nothing to do": 1,
    "Join what you stored": 4,
    "Follow the change feed": 5,
    "When an institution is deleted": 1,
}
"""How many blocks under which heading a test below runs."""

Row = dict[str, Any]


def blocks(heading: str) -> list[str]:
    """The fenced blocks that stand under a heading, with the roles of this run."""
    sections = re.split(r"^##+ (.*)$", GUIDE, flags=re.MULTILINE)
    (text,) = [t for title, t in zip(sections[1::2], sections[2::2], strict=True) if title == heading]
    found = re.findall(r"^```(?:sql|sh)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        re.sub(r"(?<=\bTO )(\w+);|(?<=AUTHORIZATION )(\w+);", lambda m: _role(m[1] or m[2]), block)
        for block in found
    ]


def _role(name: str) -> str:
    return f"{ROLES.get(name, name)};"


@dataclass(frozen=True)
class Downstream:
    """A mirror that its own role keeps, and a system that reads it with another role."""

    sandbox: RunningSandbox
    url: str
    admin: Connection
    lists: Connection
    dcs_mirror: CommandLine

    async def night(self, now: datetime, outcome: str = "complete") -> None:
        """The nightly sync of the two institutions."""
        assert (await sync(self.sandbox, self.url, HEI, OTHER, now=now)).outcome == outcome

    async def shell(self, block: str) -> list[Finished]:
        """The commands of a block, one after the other."""
        lines = [shlex.split(line) for line in block.splitlines()]
        assert {line[0] for line in lines} == {"dcs-mirror"}
        return [await self.dcs_mirror(*line[1:]) for line in lines]

    async def ask(self, query: str) -> list[Row]:
        """The rows of a query, asked as the system downstream."""
        return [dict(row) for row in await self.lists.fetch(query)]

    async def truth(self) -> list[Row]:
        """Every item of the institution that a course code leads to, with its course's status."""
        (institution,) = (await control(self.sandbox, "state"))["institutions"][:1]
        assert institution["id"] == HEI
        return [
            item | {"course": course["status"]}
            for course in institution["courses"]
            for item in course["items"]
            if item["reachable"]
        ]

    async def truth_by_number(self) -> Mapping[int, Row]:
        """The same by the number that an item keeps for life, which only the sandbox knows."""
        return {item["number"]: item for item in await self.truth()}


def _as(url: str, role: str) -> str:
    """The same database, entered by another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(PASSWORD)}@{place}"))


@pytest.fixture
async def downstream(template: str, empty_database: str, tmp_path: Path) -> AsyncIterator[Downstream]:
    """The README's world on a night in May, and roles without any right but those that the pages give."""
    admin = await asyncpg.connect(empty_database)
    name = await admin.fetchval("SELECT quote_ident(current_database())")
    for role in ROLES.values():
        await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    try:
        await admin.execute(f"GRANT CREATE ON DATABASE {name} TO {ROLES['dcs_mirror']}")
        url = _as(empty_database, ROLES["dcs_mirror"])
        await migrate.migrate(url)
        (get_in,) = blocks("Get access")
        await admin.execute(get_in)
        lists = await asyncpg.connect(_as(empty_database, ROLES["reading_lists"]))
        try:
            async with running_sandbox(build_world()) as sandbox:
                command = command_line(tmp_path, sandbox, url)
                world = Downstream(sandbox, url, admin, lists, command)
                await world.night(MAY)
                yield world
        finally:
            await lists.close()
    finally:
        for role in ROLES.values():
            await admin.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
        await admin.close()


async def june(downstream: Downstream, outcome: str = "complete", **how: object) -> None:
    """The institution's rollover, with everything that makes it hard to follow."""
    await control(
        downstream.sandbox, "rollover", hei=HEI, new_course_ids=True, without_previous_id=0.1, **how
    )
    await downstream.night(JUNE, outcome)


def test_every_block_of_the_page_is_run_by_a_test() -> None:
    found = {title: len(blocks(title)) for title in re.findall(r"^##+ (.*)$", GUIDE, re.MULTILINE)}
    assert {title: count for title, count in found.items() if count} == USED
    assert GUIDE.count("```") == 2 * sum(USED.values())


async def test_the_links_that_work_are_those_that_students_can_open(downstream: Downstream) -> None:
    (working,) = blocks("Which links work today")
    course = next(c for c in (await _institution(downstream))["courses"] if _has_active_items(c))
    await control(downstream.sandbox, "edit", hei=HEI, course_id=course["id"], set={"status": "Archived"})
    open_items: list[Row] = []
    for night in (MAY, JUNE):
        if open_items:
            dropped = open_items[0]["request-id"]
            await control(downstream.sandbox, "rollover", hei=HEI, drop_items=[dropped])
        await downstream.night(night)
        open_items = [
            item
            for item in await downstream.truth()
            if (item["content-status"], item["course"]) == ("Active", "Active")
        ]
        found = await downstream.ask(working)
        assert sorted(r["content_url"] for r in found) == sorted(i["content-URL"] for i in open_items)
        assert 0 < len(found) < await downstream.lists.fetchval("SELECT count(*) FROM dcs.content_item")


async def test_the_links_that_stopped_are_those_that_august_took_and_nobody_gave_back(
    downstream: Downstream,
) -> None:
    """S1, S2, S3."""
    stopped, flagged = blocks("Which links stopped")
    await downstream.night(JULY)
    assert await downstream.ask(stopped) == await downstream.ask(flagged) == []
    pending, licence = [
        set((await control(downstream.sandbox, "recheck", hei=HEI, kind=kind, share=0.1))["request_ids"])
        for kind in ("pending", "licence")
    ]
    await downstream.night(AUGUST)
    back = min(pending)
    edit = {"content-status": "Active", "licence": "Covered by CLA Licence"}
    await control(downstream.sandbox, "edit", hei=HEI, request_id=back, set=edit)
    await downstream.night(AUGUST.replace(day=6))

    keys = {
        row["item_key"]: row["request_id"]
        for row in await downstream.ask("SELECT item_key, request_id FROM dcs.content_item")
    }
    rows = await downstream.ask(stopped)
    reachable = {item["request-id"] for item in await downstream.truth()}
    assert {keys[row["item_key"]] for row in rows} == (pending & reachable) - {back}
    assert all(JULY <= row["last_seen_at"] < row["observed_at"] <= _later(AUGUST) for row in rows)
    open_flags = {(keys[row["item_key"]], row["kind"]) for row in await downstream.ask(flagged)}
    expected = {(i, "pending") for i in pending - {back}} | {(i, "licence") for i in licence}
    assert open_flags == {(i, kind) for i, kind in expected if i in reachable}


async def test_a_stored_key_leads_to_the_same_item_after_june(downstream: Downstream) -> None:
    """R1, R2."""
    create, insert, show, convert = blocks("Store the item's key")
    await downstream.lists.execute(create)
    assert await downstream.lists.execute(insert) == "INSERT 0 1"
    # Ids of last year, of this year, and one that the mirror never saw.
    items = list((await downstream.truth_by_number()).values())
    ids = {item["request_ids"][0]: item["number"] for item in items[::2]}
    ids |= {item["request-id"]: item["number"] for item in items[1::2]}
    await downstream.lists.execute("CREATE TABLE lists.old_citation (request_id bigint)")
    await downstream.lists.executemany(
        "INSERT INTO lists.old_citation VALUES ($1)", [(i,) for i in [*ids, 7]]
    )
    await downstream.lists.execute(convert)
    unknown = "SELECT array_agg(request_id) FROM lists.old_citation WHERE item_key IS NULL"
    assert await downstream.lists.fetchval(unknown) == [7]

    await june(downstream)
    truth = await downstream.truth_by_number()
    rows = await downstream.ask(
        "SELECT o.request_id AS stored, i.request_id, i.removed_at FROM lists.old_citation AS o"
        " JOIN dcs.content_item AS i USING (item_key)"
    )
    assert len(rows) == len(ids)
    for row in rows:
        number = ids[row["stored"]]
        # Deleted courses are not carried over: their items are gone, and their keys stay.
        if number in truth:
            assert (row["request_id"], row["removed_at"]) == (truth[number]["request-id"], None)
        else:
            assert row["removed_at"] is not None
    (shown,) = await downstream.ask(show)
    assert shown["note"] == "week 3"
    assert shown["content_url"] in {
        item["content-URL"] for item in truth.values() if 2396577 in item["request_ids"]
    }


async def test_a_registered_column_follows_june_and_nothing_else_is_touched(downstream: Downstream) -> None:
    """R9."""
    create, grant, register = blocks("Register the column")
    rehearse, clashes = blocks("In May: rehearse")
    (read,) = blocks("In June: nothing to do")
    await downstream.lists.execute(create)
    await downstream.lists.execute(
        "INSERT INTO lists.reading_list SELECT 'M1', hei_id, request_id FROM dcs.content_item"
        f" WHERE hei_id = {HEI} AND removed_at IS NULL"
    )
    old = "INSERT INTO lists.reading_list VALUES ($1, $2, $3)"
    await downstream.lists.execute(old, "M2", HEI, 2396577)
    await downstream.lists.execute(old, "M2", HEI, 7)
    await downstream.lists.execute(old, "M2", OTHER, 2396577)
    registered = shlex.split(register.splitlines()[0])[1:]
    refused = await downstream.dcs_mirror(*registered)
    assert (refused.code != 0, "lists" in refused.err) == (True, True)
    await downstream.lists.execute(grant)
    added, reconciled, listed = await downstream.shell(register)
    assert (added.code, reconciled.code, listed.code) == (0, 0, 0)
    assert "lists.reading_list.request_id: 1 rows in" in reconciled.out
    assert "lists.reading_list.request_id: 1 rows rewritten last, 1 rows with ids never seen" in listed.out
    assert await _ids(downstream, "M2", HEI) == [7, 2400830]

    await downstream.lists.execute(old, "M1", HEI, 2396577)
    (clash,) = await downstream.ask(clashes)
    assert (clash["module"], clash["request_ids"]) == ("M1", [2396577, 2400830])
    (refused,) = await downstream.shell(rehearse)
    assert (refused.code, "duplicate key" in refused.out) == (1, True)
    await downstream.lists.execute(
        "DELETE FROM lists.reading_list WHERE module = 'M1' AND request_id = 2396577"
    )
    assert await downstream.ask(clashes) == []
    (rehearsed,) = await downstream.shell(rehearse)
    assert (rehearsed.code, "Nothing was changed." in rehearsed.out) == (0, True)

    before = await downstream.ask(read)
    versions = "SELECT ctid, xmin::text, * FROM lists.reading_list WHERE request_id = 7 OR hei_id <> 108"
    left_alone = await downstream.ask(versions)
    dropped = next(row for row in before if row["request_id"] != 2400830)
    await june(downstream, drop_items=[dropped["request_id"]])
    after = await downstream.ask(read)
    assert sorted(map(_place, after)) == sorted(map(_place, before))
    assert len(after) == await downstream.lists.fetchval("SELECT count(*) - 2 FROM lists.reading_list")
    assert await downstream.ask(versions) == left_alone
    removed = "SELECT item_key FROM dcs.content_item WHERE removed_at IS NOT NULL"
    gone = {row["item_key"] for row in await downstream.ask(removed)}
    changed = {row["item_key"] for row in _renumbered(before, after)}
    assert changed == {row["item_key"] for row in after} - gone
    assert dropped["item_key"] in gone
    assert len(changed) > 300


async def test_a_column_that_failed_in_june_is_mended_by_reconciling(downstream: Downstream) -> None:
    """R9."""
    create, grant, register = blocks("Register the column")
    (read,) = blocks("In June: nothing to do")
    await downstream.lists.execute(create + grant)
    await downstream.lists.execute(f"INSERT INTO lists.reading_list VALUES ('M1', {HEI}, 2400830)")
    await downstream.shell(register)
    await downstream.lists.execute(f"INSERT INTO lists.reading_list VALUES ('M1', {HEI}, 2396577)")
    await june(downstream, outcome="partial")
    assert await _ids(downstream, "M1", HEI) == [2396577, 2400830]
    assert await downstream.lists.fetchval("SELECT dcs.current_request_id(2400830)") > 2400830
    reconcile, targets = (shlex.split(line)[1:] for line in register.splitlines()[1:])
    assert "duplicate key" in (await downstream.dcs_mirror(*targets)).out
    assert (await downstream.dcs_mirror(*reconcile)).code == 1
    await downstream.lists.execute("DELETE FROM lists.reading_list WHERE request_id = 2396577")
    assert (await downstream.dcs_mirror(*reconcile)).code == 0
    assert len(await downstream.ask(read)) == 1
    assert "duplicate key" not in (await downstream.dcs_mirror(*targets)).out


async def test_ids_of_every_year_are_joined_to_todays(downstream: Downstream) -> None:
    """R2."""
    join, outdated, function, resolve = blocks("Join what you stored")
    await downstream.lists.execute("CREATE TABLE lists.stored_link (hei_id integer, request_id bigint)")
    add = "INSERT INTO lists.stored_link VALUES (108, $1)"
    known = [i for item in await downstream.truth() for i in item["request_ids"]]
    await downstream.lists.executemany(add, [(i,) for i in [*known, 7]])
    await june(downstream)
    await downstream.night(JUNE.replace(day=10))
    truth = {i: item for item in await downstream.truth() for i in item["request_ids"]}
    await downstream.lists.execute(add, truth[2396577]["request-id"])

    rows = {row["request_id"]: row for row in await downstream.ask(join)}
    assert len(rows) == len(known) + 2
    assert rows[7]["current_request_id"] is None
    for stored, row in rows.items():
        if stored in truth:
            assert row["current_request_id"] == truth[stored]["request-id"]
            assert row["content_url"] == truth[stored]["content-URL"]
    stale = {row["request_id"]: row["current_request_id"] for row in await downstream.ask(outdated)}
    assert {i: item["request-id"] for i, item in truth.items() if i in known}.items() <= stale.items()
    assert 7 not in stale
    assert truth[2396577]["request-id"] not in stale
    assert await downstream.lists.fetchval(function) == truth[2396577]["request-id"]
    (resolved,) = await downstream.shell(resolve)
    assert resolved.json == [
        {"request_id": 2396577, "hei_id": HEI, "current_request_id": truth[2396577]["request-id"]}
    ]


async def test_a_copy_that_follows_the_feed_is_the_view(downstream: Downstream) -> None:
    page, renumbered, create, follow, _ = blocks("Follow the change feed")
    await downstream.lists.execute(create)
    before = {row["key"]: row for row in await downstream.ask(page)}
    assert len(before) > 500
    assert await downstream.ask(renumbered) == []
    await _follow(downstream, follow)

    await control(downstream.sandbox, "random-edits", hei=HEI, count=60, seed=5)
    await downstream.night(MAY.replace(day=21))
    held = dict(await _pairs(downstream, "SELECT item_key, request_id FROM dcs.content_item"))
    await june(downstream)
    for kind in ("pending", "licence"):
        await control(downstream.sandbox, "recheck", hei=HEI, kind=kind)
    await downstream.night(AUGUST)
    await _follow(downstream, follow)

    for row in await downstream.ask(renumbered):
        assert held[row["item_key"]] == row["old_request_id"]
        held[row["item_key"]] = row["request_id"]
    now = dict(await _pairs(downstream, "SELECT item_key, request_id FROM dcs.content_item"))
    assert held == {key: request_id for key, request_id in now.items() if key in held}
    assert len(await downstream.ask(renumbered)) > 300


async def test_a_listener_hears_of_the_institution_that_changed(downstream: Downstream) -> None:
    *_, listen = blocks("Follow the change feed")
    assert listen == "LISTEN dcs_change;\n"
    heard: asyncio.Queue[object] = asyncio.Queue()
    await downstream.lists.add_listener("dcs_change", lambda *what: heard.put_nowait(what[-1]))
    await downstream.night(MAY.replace(day=21))
    await control(downstream.sandbox, "edit", hei=HEI, request_id=2400830, set={"notes": "new"})
    assert (await refresh(downstream.sandbox, downstream.url, HEI)).outcome == "complete"
    assert await asyncio.wait_for(heard.get(), timeout=30) == str(HEI)
    assert heard.empty(), "a night on which nothing changed wakes nobody"


async def test_a_copy_finds_the_institutions_that_were_deleted(downstream: Downstream) -> None:
    (deleted,) = blocks("When an institution is deleted")
    assert await downstream.ask(deleted) == []
    heard: asyncio.Queue[object] = asyncio.Queue()
    await downstream.lists.add_listener("dcs_change", lambda *what: heard.put_nowait(what[-1]))
    assert (await downstream.dcs_mirror("purge", str(HEI), "--yes-delete", str(HEI))).code == 0
    assert [row["hei_id"] for row in await downstream.ask(deleted)] == [HEI]
    assert await asyncio.wait_for(heard.get(), timeout=30) == str(HEI)
    assert {row["hei_id"] for row in await downstream.ask("SELECT hei_id FROM dcs.change")} == {OTHER}


async def _follow(downstream: Downstream, follow: str) -> None:
    """Runs the page's statement until it returns no row; the copy is then what the view shows."""
    pages = 0
    while await downstream.ask(follow):
        pages += 1
    assert pages > 0
    copied = dict(await _pairs(downstream, "SELECT item_key, jsonb_strip_nulls(item) FROM lists.item_copy"))
    shown = "to_jsonb(i) - '{item_key,first_seen_at,changed_at}'::text[]"
    # The nulls of `extra` are upstream's own: both sides go through the same function.
    expected = await _pairs(
        downstream, f"SELECT item_key, jsonb_strip_nulls({shown}) FROM dcs.content_item AS i"
    )
    assert {key: json.loads(item) for key, item in copied.items()} == {
        key: json.loads(item) for key, item in expected
    }


async def _pairs(downstream: Downstream, query: str) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in await downstream.lists.fetch(query)]


async def _ids(downstream: Downstream, module: str, hei_id: int) -> list[int]:
    query = "SELECT request_id FROM lists.reading_list WHERE module = $1 AND hei_id = $2 ORDER BY request_id"
    return [row["request_id"] for row in await downstream.lists.fetch(query, module, hei_id)]


async def _institution(downstream: Downstream) -> Row:
    institution: Row = (await control(downstream.sandbox, "state"))["institutions"][0]
    return institution


def _has_active_items(course: Row) -> bool:
    items = course["items"]
    return course["status"] == "Active" and any(
        item["reachable"] and item["content-status"] == "Active" for item in items
    )


def _place(row: Row) -> tuple[str, int]:
    return row["module"], row["item_key"]


def _renumbered(before: list[Row], after: list[Row]) -> list[Row]:
    ids = {_place(row): row["request_id"] for row in before}
    return [row for row in after if ids[_place(row)] != row["request_id"]]


def _later(night: datetime) -> datetime:
    """When a sync that began then is surely over."""
    return night.replace(hour=night.hour + 1)
