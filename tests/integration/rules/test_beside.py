"""Readings of one institution beside each other: an answer of before a fresher one changes nothing (C5)."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile import institution_list
from dcs_mirror.reconcile.apply import unsubscribe
from dcs_mirror.reconcile.institution_list import SUBSCRIBED_BEFORE
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.required import ReadingOvertaken
from dcs_mirror.records import Institution
from tests.support.readings import HEI, START, apply_reading, course_id, item, reading, start_run

OLD, NOW = {"A": [item(10, notes="old")], "B": [item(11)]}, {"A": [item(10, notes="now")], "B": [item(11)]}


async def fresher_found_nothing_new(connection: Connection, *, first: int, last: int) -> None:
    """A reading that asked for its list at ``first``, and for contents at ``last``; nothing had changed."""
    again = reading({"A": Content.UNCHANGED, "B": Content.UNCHANGED}, order=first, night=1)
    again.name_unchanged = again.list_unchanged = True
    again.list_digest = await connection.fetchval("SELECT courses_digest FROM dcs_mirror.institution")
    again.courses[0].reading_order = again.courses[1].reading_order = last
    assert (await apply_reading(connection, again)).outcome == "complete"


def asked(what: InstitutionReading, order: int) -> InstitutionReading:
    """The reading, with its contents asked for at ``order``."""
    for read in what.courses:
        read.reading_order = order
    return what


async def notes(connection: Connection) -> str:
    found: str = await connection.fetchval("SELECT notes FROM dcs.content_item WHERE request_id = 10")
    return found


@pytest.mark.parametrize("is_full", [True, False])
async def test_c5_an_answer_of_before_one_that_found_nothing_new_is_read_again(
    is_full: bool, connection: Connection
) -> None:
    """What changed and was taken back: the slow reading saw the change, the fresher one what is stored."""
    await apply_reading(connection, reading(NOW, order=100))
    await fresher_found_nothing_new(connection, first=300, last=400)
    await assert_read_again(connection, 350, is_full=is_full)


async def test_c5_so_it_is_if_the_one_that_found_nothing_new_had_an_older_list(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading(NOW, order=100))
    await apply_reading(connection, reading(NOW, order=300, is_full=False, list_complete=False))
    await fresher_found_nothing_new(connection, first=250, last=400)
    await assert_read_again(connection, 350, is_full=True)


async def assert_read_again(connection: Connection, order: int, *, is_full: bool) -> None:
    """An old answer of ``order`` is not applied, neither at once nor if it cannot be read again."""
    slow = asked(reading(OLD, order=200, is_full=is_full, list_complete=is_full), order)
    with pytest.raises(ReadingOvertaken):
        await apply_reading(connection, slow)
    assert await notes(connection) == "now"
    slow.is_reread_overtaken = True
    outcome = await apply_reading(connection, slow)
    assert (outcome.outcome, "C5" in str(outcome.error)) == ("partial", True)
    assert await notes(connection) == "now"


async def test_c5_an_answer_of_after_one_that_found_nothing_new_is_applied(connection: Connection) -> None:
    await apply_reading(connection, reading(NOW, order=100))
    await fresher_found_nothing_new(connection, first=300, last=400)
    assert (await apply_reading(connection, asked(reading(OLD, order=200), 401))).outcome == "complete"
    assert await notes(connection) == "old"


async def test_c5_an_answer_that_has_what_is_stored_is_no_matter_of_order(connection: Connection) -> None:
    await apply_reading(connection, reading(NOW, order=100))
    await fresher_found_nothing_new(connection, first=300, last=400)
    assert (await apply_reading(connection, asked(reading(NOW, order=200), 350))).outcome == "complete"


@pytest.mark.parametrize(("order", "expected"), [(350, "now"), (401, "old")])
async def test_c5_a_look_up_of_before_a_reading_that_found_nothing_new_is_not_applied(
    order: int, expected: str, connection: Connection
) -> None:
    await apply_reading(connection, reading(NOW, order=100))
    await fresher_found_nothing_new(connection, first=300, last=400)
    found = LookedUp(10, item(10, notes="old"), course_id("A"), fetched_at=START, reading_order=order)
    await apply_reading(
        connection, reading({}, is_full=False, list_complete=False, order=order, looked_up=[found])
    )
    assert await notes(connection) == expected


@pytest.mark.parametrize(("order", "is_subscribed"), [(200, False), (400, True)])
async def test_c5_c4_a_reading_of_before_the_list_that_lacks_its_institution_brings_it_not_back(
    order: int, is_subscribed: bool, connection: Connection
) -> None:
    await apply_reading(connection, reading(NOW, order=100))
    run_id = await start_run(connection, START)
    assert await unsubscribe(connection, HEI, run_id=run_id, now=START, order=300)
    withdrawn = InstitutionOutcome(HEI, "unsubscribed")
    await record(connection, withdrawn, run_id=run_id, recorded_at=START, last_order=300)
    late = reading(OLD, order=order)
    await apply_reading(connection, late)
    assert await connection.fetchval("SELECT subscribed FROM dcs.institution") is is_subscribed
    assert await notes(connection) == "old"


async def test_c5_c4_an_older_list_of_institutions_marks_none_that_was_read_since(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading(NOW, order=200))
    for list_order, missing in ((100, []), (300, [HEI])):
        rows = await connection.fetch(SUBSCRIBED_BEFORE, list_order, 400)
        assert [row["hei_id"] for row in rows] == missing


async def test_c5_a_list_of_institutions_changes_what_nothing_fresher_says(connection: Connection) -> None:
    async def stored() -> tuple[str, bool]:
        row = await connection.fetchrow("SELECT name, subscribed FROM dcs.institution")
        assert row is not None
        return row["name"], row["subscribed"]

    async def list_names(name: str | None, order: int) -> None:
        institution, run_id = Institution(HEI, name), await start_run(connection, START)
        if await institution_list.differing(connection, [institution]):
            await institution_list.store(connection, institution, list_order=order, run_id=run_id, now=START)

    async def withdraw(order: int, error: str | None) -> None:
        run_id = await start_run(connection, START)
        assert await unsubscribe(connection, HEI, run_id=run_id, now=START, order=order)
        gone = InstitutionOutcome(HEI, "unsubscribed", error=error)
        await record(connection, gone, run_id=run_id, recorded_at=START, last_order=order)

    await list_names("Not read yet", 100)
    assert await stored() == ("Not read yet", True)
    await apply_reading(connection, reading(NOW, order=200))
    await list_names("Of before the reading", 150)
    assert await stored() == ("University of Example", True)
    await list_names("Of after it", 300)
    await list_names(None, 310)
    assert await stored() == ("Of after it", True)
    await withdraw(400, None)
    await list_names(None, 350)
    assert await stored() == ("Of after it", False)
    await list_names(None, 450)
    assert await stored() == ("Of after it", True)
    # What the DCS says of the institution itself counts for more than its list.
    await withdraw(500, "has not subscribed these credentials")
    await list_names("Still listed", 600)
    assert await stored() == ("Still listed", False)


async def test_c5_an_older_reading_does_not_set_the_name_back(connection: Connection) -> None:
    await apply_reading(connection, reading(NOW, order=300))
    older = reading(NOW, order=200)
    older.name = "An earlier name"
    await apply_reading(connection, older)
    assert await connection.fetchval("SELECT name FROM dcs.institution") == "University of Example"
