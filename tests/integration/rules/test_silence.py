"""What the DCS lists but does not find is told (W3)."""

from collections.abc import Mapping

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.reconcile.policy import NAMED_COURSES
from tests.support.readings import HEI, Items, apply_reading, item, reading

LOST = Content.NOT_FOUND


async def night(
    connection: Connection,
    number: int,
    a: Items | Content,
    *,
    narrow: bool = False,
    statuses: Mapping[str, str] | None = None,
    codes: Mapping[str, str] | None = None,
) -> InstitutionOutcome:
    """A night in which course A was answered so, and course B as ever."""
    contents: dict[str, Items | Content] = {"A": a} if narrow else {"A": a, "B": [item(20)]}
    what = reading(
        contents,
        night=number,
        is_full=not narrow,
        list_complete=not narrow,
        statuses=statuses,
        codes=codes,
    )
    return await apply_reading(connection, what)


async def test_w3_a_course_that_two_readings_running_do_not_find_is_told(connection: Connection) -> None:
    first = await night(connection, 0, [item(10)])
    assert (first.outcome, first.error) == ("complete", None)
    once = await night(connection, 1, LOST)
    assert (once.outcome, once.error) == ("complete", None)
    for number in (2, 3):
        again = await night(connection, number, LOST)
        assert again.outcome == "partial"
        assert again.error == (
            "the DCS lists course 'A' but has not found it (code 2) in any reading since "
            "2026-03-03 02:00 UTC. Nothing new of it is mirrored. Report this to CLA; to ask again: "
            f"dcs-mirror refresh {HEI} --course A"
        )
        assert again.removed == 0


async def test_w3_a_course_that_was_never_found_is_told_from_the_second_reading(
    connection: Connection,
) -> None:
    assert (await night(connection, 0, LOST)).outcome == "complete"
    assert (await night(connection, 1, LOST)).outcome == "partial"


async def test_w3_an_answer_in_between_begins_again(connection: Connection) -> None:
    contents: list[Items | Content] = [LOST, [item(10)], LOST, Content.UNCHANGED, LOST]
    for number, content in enumerate(contents):
        assert (await night(connection, number, content)).outcome == "complete"
    assert (await night(connection, 5, LOST)).outcome == "partial"


async def test_w3_a_refresh_that_finds_the_course_begins_again(connection: Connection) -> None:
    await night(connection, 0, LOST)
    await night(connection, 1, [item(10)], narrow=True)
    assert (await night(connection, 2, LOST)).outcome == "complete"
    assert (await night(connection, 3, LOST)).outcome == "partial"


async def test_w3_a_refresh_that_does_not_find_it_is_no_full_reading(connection: Connection) -> None:
    await night(connection, 0, [item(10)])
    await night(connection, 1, LOST, narrow=True)
    assert (await night(connection, 2, LOST)).outcome == "complete"


async def test_w3_a_course_that_could_not_be_read_in_between_is_still_told(connection: Connection) -> None:
    await night(connection, 0, LOST)
    await night(connection, 1, Content.UNREAD)
    outcome = await night(connection, 2, LOST)
    assert "'A'" in (outcome.error or "")


async def test_w3_a_course_that_leaves_the_list_is_no_matter(connection: Connection) -> None:
    await night(connection, 0, LOST)
    left = await apply_reading(connection, reading({"B": [item(20)]}, night=1))
    assert left.outcome == "complete"
    assert (await night(connection, 2, LOST)).outcome == "complete"
    assert (await night(connection, 3, LOST)).outcome == "partial"


async def test_w3_a_deleted_course_need_not_be_found(connection: Connection) -> None:
    await night(connection, 0, [item(10)])
    for number in (1, 2, 3):
        outcome = await night(connection, number, LOST, statuses={"A": "Deleted"})
        assert outcome.outcome == "complete"


async def test_w3_a_renamed_course_is_told_under_its_new_code(connection: Connection) -> None:
    await night(connection, 0, [item(10)])
    await night(connection, 1, LOST)
    outcome = await night(connection, 2, LOST, codes={"A": "it's A&B"})
    assert 'course "it\'s A&B"' in (outcome.error or "")
    assert """--course 'it'"'"'s A&B'""" in (outcome.error or "")


@pytest.mark.parametrize(("lost", "told"), [(2, "'C00', 'C01' but"), (NAMED_COURSES + 2, "and 2 more but")])
async def test_w3_many_such_courses_are_one_message(connection: Connection, lost: int, told: str) -> None:
    contents = {f"C{number:02}": LOST for number in range(lost)}
    await apply_reading(connection, reading(contents))
    outcome = await apply_reading(connection, reading(contents, night=1))
    assert told in (outcome.error or "")


async def test_r8_the_same_reading_again_is_no_second_one(connection: Connection) -> None:
    what = reading({"A": LOST})
    for _ in range(2):
        assert (await apply_reading(connection, what)).outcome == "complete"


async def test_w3_whether_a_course_is_found_is_not_in_the_feed(connection: Connection) -> None:
    await night(connection, 0, [item(10)])
    await night(connection, 1, LOST)
    await night(connection, 2, [item(10)])
    assert await connection.fetchval("SELECT count(*) FROM dcs.change WHERE kind <> 'added'") == 0
