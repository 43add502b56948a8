"""June and August through the command line: resolve, targets, flags, reconcile, rehearse-rollover."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.walk import assert_views_equal

JULY, AUGUST, LATER = "2026-07-20T02:00:00Z", "2026-08-05T02:00:00Z", "2026-08-09T02:00:00Z"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=10, items=5), seed=21)) as running:
        yield running


@pytest.fixture
async def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    """A command line whose mirror has had its first night."""
    command = command_line(tmp_path, sandbox, database)
    assert (await command("sync")).code == 0
    return command


async def first(sandbox: RunningSandbox) -> Any:
    return (await control(sandbox, "state"))["institutions"][0]


async def test_a_year_with_a_registered_table(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    institution = await first(sandbox)
    hei = str(institution["id"])
    await connection.execute("CREATE TABLE reading_list AS SELECT request_id, title FROM dcs.content_item")
    finished = await dcs_mirror("targets", "add", "reading_list", "request_id")
    owner = await connection.fetchval("SELECT current_user")
    assert finished.code == 0
    assert finished.err.splitlines() == [
        "registered public.reading_list.request_id",
        f"  owner {owner}; no triggers, rules or functions that would run",
    ]
    (target,) = (await dcs_mirror("targets", "list", "--json")).json
    assert (target["table_name"], target["unknown_rows"]) == ("reading_list", 0)

    rehearsed = await dcs_mirror("rehearse-rollover", hei, "--json")
    assert rehearsed.code == 0
    live = "SELECT count(*) FROM dcs.content_item WHERE hei_id = $1 AND removed_at IS NULL"
    expected = await connection.fetchval(live, institution["id"])
    assert rehearsed.json["content_items"] == expected
    assert rehearsed.json["columns"][0]["rows"] == expected

    await control(sandbox, "rollover", hei=institution["id"], new_course_ids=True, without_previous_id=0.2)
    report = (await dcs_mirror("sync", "--json")).json
    (rolled,) = [o for o in report["institutions"] if o["hei_id"] == institution["id"]]
    assert rolled["outcome"] == "complete"
    assert rolled["renumbered"] > 0
    truth = await control(sandbox, "state")
    await assert_views_equal(connection, truth)
    stale = (
        "SELECT count(*) FROM reading_list AS r WHERE dcs.current_request_id(r.request_id) <> r.request_id"
    )
    assert await connection.fetchval(stale) == 0

    ids: dict[int, int] = {}  # every id ever handed out to what a course code leads to
    for course in truth["institutions"][0]["courses"]:
        for item in course["items"]:
            if item["reachable"]:
                ids |= dict.fromkeys(item["request_ids"][-2:], item["request-id"])
    resolved = await dcs_mirror("resolve", *map(str, ids), "--hei", hei, "--json")
    assert resolved.code == 0
    assert {r["request_id"]: r["current_request_id"] for r in resolved.json} == ids
    assert {r["hei_id"] for r in resolved.json} == {institution["id"]}

    before = await connection.fetch("SELECT xmin, ctid FROM reading_list")
    for _ in range(2):
        again = await dcs_mirror("reconcile", "--json")
        assert again.code == 0
        assert all(c["rows"] == 0 for o in again.json["institutions"] for c in o["columns"])
    assert await connection.fetch("SELECT xmin, ctid FROM reading_list") == before


async def test_an_id_that_was_never_seen_is_unknown(dcs_mirror: CommandLine) -> None:
    finished = await dcs_mirror("resolve", "7", "--json")
    assert (finished.code, finished.json) == (
        1,
        [
            {
                "request_id": 7,
                "hei_id": None,
                "current_request_id": None,
                "removed_at": None,
                "why_not": None,
            }
        ],
    )
    assert "7 -> unknown" in (await dcs_mirror("resolve", "7")).out


async def test_r4_years_that_were_slept_through_are_caught_up_with(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    """R4."""
    keys = {r["request_id"]: r["item_key"] for r in await connection.fetch("SELECT * FROM dcs.content_item")}
    for _ in range(3):
        for institution in (await control(sandbox, "state"))["institutions"]:
            await control(sandbox, "rollover", hei=institution["id"], without_previous_id=0.3)
    assert (await dcs_mirror("sync")).code == 0
    truth = await control(sandbox, "state")
    await assert_views_equal(connection, truth)
    after = {r["request_id"]: r["item_key"] for r in await connection.fetch("SELECT * FROM dcs.content_item")}
    for institution in truth["institutions"]:
        for course in institution["courses"]:
            for item in course["items"]:
                if item["reachable"]:
                    stored = next(i for i in item["request_ids"] if i in keys)
                    assert after[item["request-id"]] == keys[stored]


async def test_august_as_a_table_a_spreadsheet_and_json(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    institution = await first(sandbox)
    hei = institution["id"]
    assert (await dcs_mirror.but(DCS_NOW=JULY)("sync")).code == 0
    touched = (await control(sandbox, "recheck", hei=hei, kind="pending", share=0.2, seed=4))["request_ids"]
    finished = await dcs_mirror.but(DCS_NOW=AUGUST)("sync", "--json")
    (outcome,) = [o for o in finished.json["institutions"] if o["hei_id"] == hei]
    assert outcome["flagged"] > 0
    assert (await dcs_mirror("status", "--json")).json["institutions"][0]["open_flags"] == outcome["flagged"]

    found = (await dcs_mirror("flags", "--json")).json
    assert {flag["request_id"] for flag in found} <= set(touched)
    assert {(flag["kind"], flag["licence_year"], flag["content_status"]) for flag in found} == {
        ("pending", 2026, "Pending")
    }
    text = (await dcs_mirror("flags", "--csv", "--hei", str(hei), "--year", "2026")).out
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [int(row["flag_id"]) for row in rows] == [flag["flag_id"] for flag in found]
    assert {
        "course_code",
        "title",
        "author",
        "content_url",
        "licence_before",
        "licence",
        "flagged_at",
    } <= set(rows[0])
    table = (await dcs_mirror("flags")).out
    assert table.count("pending") >= len(found)
    assert (await dcs_mirror("flags", "--year", "2025", "--json")).json == []

    flag = found[0]
    note = await dcs_mirror("flags", "ack", str(flag["flag_id"]), "--note", "asked the publisher")
    assert note.code == 0
    assert (await dcs_mirror("flags", "ack", "99999", "--note", "x")).code == 1

    await control(sandbox, "edit", hei=hei, request_id=flag["request_id"], set={"content-status": "Active"})
    assert (await dcs_mirror.but(DCS_NOW=LATER)("sync")).code == 0
    left = (await dcs_mirror("flags", "--json")).json
    assert flag["flag_id"] not in {each["flag_id"] for each in left}
    everything = {each["flag_id"]: each for each in (await dcs_mirror("flags", "--all", "--json")).json}
    assert everything[flag["flag_id"]]["resolution"] == "reinstated"
    assert everything[flag["flag_id"]]["acknowledged_note"] == "asked the publisher"


async def test_a_cell_that_a_spreadsheet_would_run_is_defused(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    institution = await first(sandbox)
    course = next(c for c in institution["courses"] if c["items"] and c["items"][0]["reachable"])
    request_id = course["items"][0]["request-id"]
    edit = {"content-status": "Active", "licence": "Covered by CLA Licence", "title": '=HYPERLINK("x")'}
    await control(sandbox, "edit", hei=institution["id"], request_id=request_id, set=edit)
    await dcs_mirror.but(DCS_NOW=JULY)("sync")
    await control(sandbox, "recheck", hei=institution["id"], kind="pending", request_ids=[request_id])
    await dcs_mirror.but(DCS_NOW=AUGUST)("sync")
    text = (await dcs_mirror("flags", "--csv")).out
    assert "'=HYPERLINK" in text


async def test_what_is_wrong_with_a_target_is_one_line(dcs_mirror: CommandLine) -> None:
    finished = await dcs_mirror("targets", "add", "nowhere", "request_id")
    assert (finished.code, finished.err) == (
        2,
        "dcs-mirror: there is no table nowhere; name it with its schema, as in SQL\n",
    )
    assert (await dcs_mirror("targets", "remove", "nowhere", "request_id")).code == 2
    assert (await dcs_mirror("targets", "add", "a", "b", "--hei", "1", "--hei-column", "c")).code == 2
    assert "no columns are registered" in (await dcs_mirror("targets", "list")).out


async def test_an_institution_that_is_not_mirrored_cannot_be_reconciled(dcs_mirror: CommandLine) -> None:
    for command in (("reconcile", "--hei", "99999"), ("rehearse-rollover", "99999")):
        finished = await dcs_mirror(*command)
        assert finished.code == 1
        assert "does not know institution 99999" in finished.err
