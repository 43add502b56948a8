"""What a registered column holds out of date is rewritten or told, night after night (R9)."""

import shlex
from datetime import datetime, timedelta

import pytest

from tests.acceptance.downstream.guide import HEI, JUNE, OTHER, Downstream, blocks
from tests.support.command import Finished
from tests.support.control import control

COLUMN = "lists.reading_list.request_id"
STALE = f"""
SELECT count(*) FROM lists.reading_list AS l
JOIN dcs.request_id AS r USING (hei_id, request_id)
WHERE l.hei_id = {HEI} AND r.current_request_id <> l.request_id
"""


@pytest.fixture
async def registered(downstream: Downstream) -> Downstream:
    """Every item of the institution in the guide's table, and the column registered."""
    create, grant, register = blocks("Register the column")
    await downstream.lists.execute(create + grant)
    await downstream.lists.execute(
        "INSERT INTO lists.reading_list SELECT 'M1', hei_id, request_id FROM dcs.content_item"
        f" WHERE hei_id = {HEI} AND removed_at IS NULL"
    )
    added = await downstream.dcs_mirror(*shlex.split(register.splitlines()[0])[1:])
    assert added.code == 0
    return downstream


async def add_trigger(downstream: Downstream, body: str) -> None:
    """Add a trigger, and have the operator look at it."""
    await downstream.lists.execute(
        f"CREATE FUNCTION lists.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;"
        "CREATE TRIGGER keeps BEFORE UPDATE ON lists.reading_list"
        " FOR EACH ROW EXECUTE FUNCTION lists.keep()"
    )
    *_, register = blocks("Register the column")
    seen = await downstream.dcs_mirror(*shlex.split(register.splitlines()[0])[1:])
    assert (seen.code, "trigger keeps of lists.reading_list calls lists.keep of" in seen.err) == (0, True)


async def run(downstream: Downstream, now: datetime, *command: str) -> Finished:
    return await downstream.dcs_mirror.but(DCS_NOW=now.isoformat())(*command, "--json")


def told(finished: Finished) -> dict[int, tuple[str, bool]]:
    """The outcome of each institution, and whether it names the column."""
    outcomes = finished.json["institutions"]
    return {o["hei_id"]: (o["outcome"], COLUMN in (o["error"] or "")) for o in outcomes}


@pytest.mark.parametrize(
    "body",
    [
        "RAISE EXCEPTION 'could not establish connection' USING ERRCODE = '08001';",
        pytest.param(
            "RAISE EXCEPTION 'cannot execute UPDATE in a read-only transaction' USING ERRCODE = '25006';",
            marks=pytest.mark.long,
        ),
        "RETURN NULL;",
    ],
)
async def test_r9_every_night_tells_what_is_out_of_date_until_it_is_rewritten(
    registered: Downstream, body: str
) -> None:
    await add_trigger(registered, body)
    rehearsed = await registered.dcs_mirror("rehearse-rollover", str(HEI))
    assert (rehearsed.code, "FAILED" in rehearsed.out) == (1, True)
    await control(registered.sandbox, "rollover", hei=HEI)
    rows = await registered.lists.fetchval("SELECT count(*) FROM lists.reading_list")
    for night in range(3):
        finished = await run(registered, JUNE + timedelta(days=night), "sync")
        assert (finished.code, finished.json["outcome"]) == (1, "partial")
        assert told(finished)[HEI] == ("partial", True)
        assert told(finished)[OTHER] == ("complete", False)
        assert await registered.lists.fetchval(STALE) == rows
    stored = await registered.lists.fetchval(
        "SELECT last_sync_outcome FROM dcs.institution WHERE hei_id = $1", HEI
    )
    assert stored == "partial"
    listed = await registered.dcs_mirror("targets", "list")
    assert f"{rows} rows out of date" in listed.out
    await registered.lists.execute("DROP TRIGGER keeps ON lists.reading_list")
    finished = await run(registered, JUNE + timedelta(days=3), "sync")
    assert (finished.code, finished.json["outcome"]) == (0, "complete")
    assert await registered.lists.fetchval(STALE) == 0
    (target,) = (await registered.dcs_mirror("targets", "list", "--json")).json
    assert (target["out_of_date_rows"], target["error"]) == (0, None)


async def test_r9_a_refresh_proves_its_institution_and_a_narrow_one_says_nothing_of_it(
    registered: Downstream,
) -> None:
    await control(registered.sandbox, "rollover", hei=HEI)
    assert (await run(registered, JUNE, "sync")).code == 0
    await add_trigger(registered, "RETURN NULL;")
    old = "SELECT old_request_id FROM dcs.request_id_history WHERE hei_id = $1 LIMIT 1"
    request_id = await registered.lists.fetchval(old, HEI)
    await registered.lists.execute("INSERT INTO lists.reading_list VALUES ('M2', $1, $2)", HEI, request_id)
    course = await registered.lists.fetchval(
        "SELECT course_code FROM dcs.course WHERE hei_id = $1 AND removed_at IS NULL LIMIT 1", HEI
    )
    tomorrow = JUNE + timedelta(days=1)
    narrow = await run(registered, tomorrow, "refresh", str(HEI), "--course", course)
    assert told(narrow) == {HEI: ("complete", False)}
    other = await run(registered, tomorrow, "refresh", str(OTHER))
    assert told(other) == {OTHER: ("complete", False)}
    whole = await run(registered, tomorrow, "refresh", str(HEI))
    assert (whole.code, told(whole)) == (1, {HEI: ("partial", True)})
    await registered.lists.execute("DROP TRIGGER keeps ON lists.reading_list")
    whole = await run(registered, tomorrow, "refresh", str(HEI))
    assert (whole.code, told(whole)) == (0, {HEI: ("complete", False)})
    assert await registered.lists.fetchval(STALE) == 0


async def test_r9_a_trigger_that_nobody_looked_at_is_told_and_not_run(registered: Downstream) -> None:
    await registered.lists.execute(
        "CREATE FUNCTION lists.keep() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;"
        "CREATE TRIGGER keeps BEFORE UPDATE ON lists.reading_list FOR EACH ROW EXECUTE FUNCTION lists.keep()"
    )
    rehearsed = await registered.dcs_mirror("rehearse-rollover", str(HEI))
    await control(registered.sandbox, "rollover", hei=HEI)
    finished = await run(registered, JUNE, "sync")
    assert (rehearsed.code, finished.code, told(finished)[HEI]) == (1, 1, ("partial", True))
    listed = await registered.dcs_mirror("targets", "list")
    examined = await registered.dcs_mirror("doctor")
    for said in (rehearsed.out, finished.json["institutions"][0]["error"], listed.out, examined.out):
        words = " ".join(said.split())
        assert "trigger keeps of lists.reading_list calls lists.keep of" in words
        assert "it ran" not in words
    await registered.lists.execute("DROP TRIGGER keeps ON lists.reading_list")
    assert (await run(registered, JUNE + timedelta(days=1), "sync")).code == 0
    assert await registered.lists.fetchval(STALE) == 0


async def test_r9_a_column_that_is_gone_makes_every_night_partial(registered: Downstream) -> None:
    await registered.lists.execute("DROP TABLE lists.reading_list")
    finished = await run(registered, JUNE, "sync")
    assert (finished.code, finished.json["outcome"]) == (1, "partial")
    assert set(told(finished).values()) == {("partial", True)}
    assert "it cannot be checked" in finished.json["institutions"][0]["error"]


async def test_r9_rows_of_an_institution_that_withdrew_are_told_by_the_run(registered: Downstream) -> None:
    await add_trigger(registered, "RETURN NULL;")
    await control(registered.sandbox, "rollover", hei=HEI)
    assert (await run(registered, JUNE, "sync")).code == 1
    await control(registered.sandbox, "unsubscribe", hei=HEI)
    for night in (1, 2):
        finished = await run(registered, JUNE + timedelta(days=night), "sync")
        assert (finished.code, finished.json["outcome"]) == (1, "partial")
        assert f"institution {HEI}: registered column {COLUMN}" in finished.err
    await registered.lists.execute("DROP TRIGGER keeps ON lists.reading_list")
    assert (await run(registered, JUNE + timedelta(days=3), "sync")).code == 0
    assert await registered.lists.fetchval(STALE) == 0
