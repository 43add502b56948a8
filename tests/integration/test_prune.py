"""What is old is forgotten, and nothing behaves in another way for it: two mirrors, one of them pruned."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.errors import MirrorError, SettingsError
from dcs_mirror.prune import growth
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import control
from tests.support.restoring import TemplateCopy, feed_state
from tests.support.roles import entered_as, login_role
from tests.support.scripted import scripted
from tests.support.sessions import look
from tests.support.walk import assert_views_equal
from tests.support.writing import BOOK

YEAR = ("2025-03-01", "2025-06-10", "2025-07-20", "2025-08-04", "2026-02-01", "2026-05-30")
LATER = ("2026-06-10", "2026-07-30", "2026-08-05")
NOON = "T12:00:00Z"
BEFORE = f"2026-05-29{NOON}"
TIME = re.compile(r", \d+, \d+, \d+, \d+, tzinfo=[^)]*|T\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)| \d\d:\d\d UTC")
MOVED_ON = re.compile(r"\b[0-9]{13,}\b")


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=5, items=4), seed=21)) as running:
        yield running


@pytest.fixture
async def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def night(dcs_mirror: CommandLine, day: str) -> Any:
    finished = await dcs_mirror.but(DCS_NOW=f"{day}{NOON}")("sync", "--json")
    assert finished.code == 0, finished
    return sorted(finished.json["institutions"], key=lambda outcome: outcome["hei_id"])


async def events(sandbox: RunningSandbox, day: str) -> None:
    """Let in the world happen what happens before a night."""
    for institution in (await control(sandbox, "state"))["institutions"]:
        if day[5:7] == "06":
            await control(sandbox, "rollover", hei=institution["id"], without_previous_id=0.2)
        if day[5:7] == "08":
            await control(sandbox, "recheck", hei=institution["id"], kind="pending", share=0.5)


async def first_course(connection: Connection, *, skipped: int = 0) -> tuple[int, str]:
    """Return an institution and the code of one of its live courses."""
    row = await connection.fetchrow(
        "SELECT hei_id, course_code FROM dcs.course WHERE status = 'Active'"
        " ORDER BY hei_id, course_key OFFSET $1 LIMIT 1",
        skipped,
    )
    assert row is not None
    return row["hei_id"], row["course_code"]


async def history(dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection) -> dict[str, str]:
    """Live through a year of nights and writes; return an institution, a course and a second course."""
    await night(dcs_mirror, YEAR[0])
    hei, course = await first_course(connection)
    _, other = await first_course(connection, skipped=1)
    old = dcs_mirror.but(DCS_NOW=f"2025-03-02{NOON}")
    submit = ("submit-request", str(hei), *BOOK)
    assert (await old(*submit, "--course", course)).code == 0
    assert (await old(*submit)).code == 0
    assert (await old("amend-course", str(hei), course, "--students", "30", "--weeks", "9")).code == 0
    lecturer = ("--lead-lecturer", "Lee Example", "--lead-lecturer-email", "lee@example.ac.uk")
    assert (
        await old("amend-course", str(hei), other, "--students", "12", "--weeks", "9", *lecturer)
    ).code == 0
    assert (await old("submit-request", str(hei), *BOOK, "--course", "No such")).code == 1
    for day in YEAR[1:]:
        await events(sandbox, day)
        await night(dcs_mirror, day)
    return {"hei": str(hei), "course": course, "other": other}


# What readers and later runs go by.
BEHAVIOUR = {
    "items": "SELECT * FROM dcs.content_item",
    "courses": "SELECT * FROM dcs.course",
    "institutions": "SELECT * FROM dcs.institution",
    "ids": "SELECT * FROM dcs.request_id",
    "statuses": "SELECT * FROM dcs.status_change",
    "flags": "SELECT * FROM dcs.recheck_flag",
    "rollovers": "SELECT * FROM dcs.rollover",
    "numbers": "SELECT * FROM dcs_mirror.course_students",
    "submitted": "SELECT call_id, request_id, state FROM dcs_mirror.call WHERE request_id IS NOT NULL",
    "new changes": "SELECT c.* FROM dcs.change AS c WHERE c.observed_at > '2026-05-29'",
}


async def behaviour(url: str) -> dict[str, list[str]]:
    """Return what a mirror holds, by the day, in an order of its own."""
    async with look(url) as connection:
        return {
            name: sorted(plain(str(tuple(row))) for row in await connection.fetch(query))
            for name, query in BEHAVIOUR.items()
        }


def plain(text: str) -> str:
    """Leave out what two mirrors cannot have in common: seconds, and the numbers that moved on."""
    return MOVED_ON.sub("new", TIME.sub("", text))


async def test_a_pruned_mirror_behaves_as_one_that_was_not_pruned(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    """Nights, a June, an August, a restore, a push, an amendment, a submission and every id ever known."""
    place = await history(dcs_mirror, sandbox, connection)
    await connection.execute(
        "INSERT INTO dcs_mirror.notification"
        " (message_id, recipient, event, hei_id, occurred_at, title, plain, body, made_at)"
        " SELECT gen_random_uuid(), 'r', 'flags', 1, day, '', '', '', day"
        " FROM unnest('{2025-08-04, 2026-05-31}'::timestamptz[]) AS day"
    )
    await connection.execute(
        "INSERT INTO dcs_mirror.account_action (acted_at, account, action)"
        " SELECT day, 'gone', 'refresh' FROM unnest('{2025-08-04, 2026-05-31}'::timestamptz[]) AS day"
    )
    await connection.close()
    copy = TemplateCopy(database)
    await copy.back_up()
    try:
        whole = dcs_mirror.but(DCS_DATABASE_URL=copy.url)
        assert (await whole("restored")).code == 0
        now = dcs_mirror.but(DCS_NOW=f"2026-05-31{NOON}")
        assert (await now("restored")).code == 0
        pruned = (await now("prune", "--before", BEFORE, "--json")).json
        assert all(
            n for what, n in pruned["forgotten"].items() if what not in {"unit_updates", "assignees"}
        ), pruned
        assert (pruned["forgotten"]["notifications"], pruned["forgotten"]["actions"]) == (1, 1)
        assert await behaviour(database) == await behaviour(copy.url)

        ids = [row["request_id"] for row in await rows(copy.url, "SELECT request_id FROM dcs.request_id")]
        (dcs_mirror.folder / "numbers.csv").write_text(f'code,students\n"{place["course"]}",31\n')
        both = (dcs_mirror, whole)
        for day in LATER:
            await events(sandbox, day)
            outcomes = [await night(each, day) for each in both]
            assert outcomes[0] == outcomes[1]
            resolved = [await each("resolve", *map(str, ids), "--json") for each in both]
            assert (resolved[0].code, resolved[0].out) == (0, resolved[1].out)
        for command in (
            ("students", "plan", place["hei"], "--from", "numbers.csv", "--json"),
            ("submit-request", place["hei"], *BOOK, "--course", place["course"], "--json"),
            ("submit-request", place["hei"], *BOOK, "--json"),
            ("amend-course", place["hei"], place["other"], "--name", "Anew", "--dry-run"),
            ("readiness", "--all", "--json"),
            ("flags", "--json"),
        ):
            first, second = [await each.but(DCS_NOW=f"2026-08-06{NOON}")(*command) for each in both]
            assert (first.code, flat(first)) == (second.code, flat(second)), command
        found = [await behaviour(url) for url in (database, copy.url)]
        assert {name: rows for name, rows in found[0].items() if rows != found[1][name]} == {}
        async with look(database) as after:
            await assert_views_equal(after, await control(sandbox, "state"))
    finally:
        await copy.drop()


def flat(finished: Finished) -> list[str]:
    """What a command printed, line by line, in an order of its own."""
    return sorted(plain(finished.out).splitlines())


async def rows(url: str, query: str) -> list[asyncpg.Record]:
    async with look(url) as connection:
        return await connection.fetch(query)


async def test_people_go_first_and_what_is_needed_stays(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    place = await history(dcs_mirror, sandbox, connection)
    await connection.execute(
        "UPDATE dcs_mirror.call SET error = 'no Jo@Example.ac.uk' WHERE state = 'refused'"
    )
    await connection.execute(
        "INSERT INTO dcs_mirror.account (name, may, created_at) VALUES ('vendor', '{}', '2025-01-01');"
        "INSERT INTO dcs_mirror.account_action (acted_at, account, action, details)"
        ' SELECT day, who, \'refused\', \'{"address": "10.0.0.1", "assigned_to": "Jo", "right": "write"}\''
        " FROM unnest('{2025-05-01, 2025-08-03}'::timestamptz[]) AS day,"
        " unnest('{vendor, jo}'::text[]) AS who"
    )
    await connection.execute(
        "UPDATE dcs_mirror.recheck_flag SET assigned_to = 'Jo', resolution = 'removed', resolved_at = CASE"
        " WHEN flag_id = (SELECT min(flag_id) FROM dcs_mirror.recheck_flag)"
        " THEN '2025-05-01'::timestamptz ELSE '2025-08-03' END"
    )
    now = dcs_mirror.but(DCS_NOW=f"2025-08-04{NOON}")
    rehearsed = (await now("prune", "--dry-run", "--json")).json
    assert rehearsed["forgotten"] == {
        "people": 4,
        "unit_updates": 0,
        "calls": 0,
        "outcomes": 0,
        "runs": 0,
        "changes": 0,
        "notifications": 0,
        "actors": 2,
        "actions": 0,
        "assignees": 1,
    }
    assert "Jo Example" in str((await now("calls", "--json")).json)
    done = (await now("prune", "--json")).json
    assert (done["forgotten"], done["dry_run"]) == (rehearsed["forgotten"], False)
    assert done["before"].startswith("2024-06-30T12:00:00")
    assigned = "SELECT assigned_to FROM dcs_mirror.recheck_flag ORDER BY flag_id"
    assert [row["assigned_to"] for row in await connection.fetch(assigned)][:2] == [None, "Jo"]
    recorded = await connection.fetch(
        "SELECT account, details::text FROM dcs_mirror.account_action ORDER BY acted_at, account"
    )
    assert [tuple(row) for row in recorded[:2]] == [
        ("vendor", '{"right": "write"}'),
        (None, '{"right": "write"}'),
    ]
    assert [row["account"] for row in recorded[2:]] == ["jo", "vendor"]
    assert all("10.0.0.1" in row["details"] for row in recorded[2:])
    calls = (await now("calls", "--json")).json
    assert not [word for word in ("Jo Example", "jo@", "Jo@", "Lee Ex", "lee@") if word in json.dumps(calls)]
    assert {call["parameters"].get("Title") for call in calls} == {"Emma", None}
    assert [call["error"] for call in calls if call["state"] == "refused"] == [
        "left out, because it repeats what was forgotten"
    ]

    later = dcs_mirror.but(DCS_NOW=f"2026-05-31{NOON}")
    rehearsed = (await later("prune", "--before", BEFORE, "--dry-run", "--json")).json
    state = await feed_state(database)
    done = (await later("prune", "--before", BEFORE, "--json")).json
    assert done["forgotten"] == rehearsed["forgotten"]
    assert (state.low_water, rehearsed["low_water"]) == (0, 0)
    state = await feed_state(database)
    assert (state.low_water, state.low_water > 0) == (done["low_water"], True)
    changes = "SELECT min(change_id), min(observed_at) FROM dcs.change"
    first = await connection.fetchrow(changes)
    assert first is not None
    assert first[0] is None or first[0] > state.low_water
    assert (await later("prune", "--before", BEFORE, "--json")).json["forgotten"] == dict.fromkeys(
        done["forgotten"], 0
    )
    kept = await connection.fetch(
        "SELECT method, request_id IS NOT NULL FROM dcs_mirror.call ORDER BY call_id"
    )
    assert [tuple(row) for row in kept] == [("SubmitRequest", True)] * 2, "every submitted id is kept"
    last = await connection.fetch("SELECT hei_id, outcome FROM dcs.sync_outcome ORDER BY hei_id")
    assert {row["hei_id"] for row in last} >= {int(place["hei"])}
    shown = await later("prune", "--before", BEFORE)
    assert (shown.code, f"goes on after change {state.low_water}" in shown.out) == (0, True)


async def test_nothing_is_forgotten_of_the_calls_of_an_institution_with_one_without_an_answer(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    await night(dcs_mirror, YEAR[0])
    hei, code = await first_course(connection)
    old = dcs_mirror.but(DCS_NOW=f"2025-03-03{NOON}")
    amend = ("amend-course", str(hei), code, "--students", "31", "--weeks", "9")
    lecturer = ("--lead-lecturer", "Lee Example", "--lead-lecturer-email", "lee@example.ac.uk")
    assert (await old(*amend)).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "AmendCourse"})
    assert (await old(*amend, *lecturer)).code == 1
    await scripted(sandbox)
    await night(dcs_mirror, YEAR[-1])
    later = dcs_mirror.but(DCS_NOW=f"2026-05-31{NOON}")
    before = len((await later("calls", "--json")).json)
    pruned = await later("prune", "--before", BEFORE)
    assert f"no call of institution {hei} is forgotten, because one has no answer" in pruned.out
    calls = (await later("calls", "--json")).json
    assert (len(calls), calls[-1]["parameters"]["LeadLecturer"]) == (before, "Lee Example")
    assert (await later("prune", "--json")).json["calls_kept_for"] == [hei]


async def test_bad_instants_are_refused_and_the_owner_is_needed(
    dcs_mirror: CommandLine, database: str, connection: Connection
) -> None:
    for given, said in (("soon", "not an ISO 8601 time"), ("2999-01-01", "later than now")):
        refused = await dcs_mirror("prune", "--before", given)
        assert (refused.code, said in " ".join(refused.err.split())) == (2, True), refused
    async with (
        login_role(connection, "nightly", "IN ROLE dcs_mirror_writer") as role,
        create_pool(entered_as(database, role)) as pool,
    ):
        now = datetime.now(UTC)
        with pytest.raises(
            MirrorError, match=r"permission denied .*: run prune as the role that runs migrations"
        ):
            await growth.prune(RetryingPool(pool), growth.begin(now=now), now=now)


def test_people_are_forgotten_sooner_and_never_later_than_the_rest() -> None:
    now = datetime(2026, 8, 5, tzinfo=UTC)
    default = growth.begin(now=now)
    assert (now - default.before, now - default.people_before) == (timedelta(days=400), timedelta(days=90))
    late = growth.begin(now=now, before=now - timedelta(days=3))
    assert late.people_before == late.before
    with pytest.raises(SettingsError):
        growth.begin(now=now, before=now + timedelta(seconds=1))
