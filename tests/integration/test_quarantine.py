"""Quarantine: a record without an id is kept with its text, once, until upstream mends it (W4, C1, C5)."""

from datetime import timedelta

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile import institution_list
from dcs_mirror.reconcile.staging import MAX_REJECTED
from dcs_mirror.records import ContentItem, Rejected
from dcs_mirror.store import quarantine
from tests.support.readings import HEI, START, apply_reading, course_id, item, live, reading
from tests.support.versions import versions

NAMELESS = Rejected(2, "request-id is missing", '{"title": "Nameless"}')
OTHER = Rejected(3, "request-id cannot be read", '{"request-id": "x"}')
NO_CODE = Rejected(1, "course-code is missing", '{"id": 7}')


def partial(
    *rejected: Rejected, items: tuple[ContentItem, ...] = (), night: int = 0, **rest: object
) -> InstitutionReading:
    """A reading of the courses A, which held entries without an id, and B."""
    what = reading({"A": items, "B": [item(20)]}, night=night, **rest)  # type: ignore[arg-type]
    course = what.courses[0]
    course.content, course.digest, course.rejected = Content.PARTIAL, None, list(rejected)
    what.quarantined = len(rejected)
    what.problems.append("entries without a request id")
    return what


def partial_list(*rejected: Rejected, night: int = 0) -> InstitutionReading:
    """A reading whose course list held entries without an id."""
    what = reading({"B": [item(20)]}, night=night, list_complete=False)
    what.list_digest, what.rejected, what.quarantined = None, list(rejected), len(rejected)
    what.problems.append("entries without an id")
    return what


async def stands(connection: Connection) -> list[tuple[str, str | None, str]]:
    """What is in quarantine: method, course code, text."""
    return [(q.method, q.course_code, q.raw_text) for q in await quarantine.listed(connection)]


async def cleared(connection: Connection) -> int:
    """How many records were mended."""
    everything = await quarantine.listed(connection, cleared=True)
    return sum(record.cleared_at is not None for record in everything)


async def test_w4_a_record_is_kept_with_its_place_reason_and_text_and_the_rest_lands(
    connection: Connection,
) -> None:
    outcome = await apply_reading(connection, partial(NAMELESS, items=(item(10),)))
    assert (outcome.outcome, outcome.quarantined, outcome.added) == ("partial", 1, 2)
    (kept,) = await quarantine.listed(connection)
    assert (kept.hei_id, kept.method, kept.course_code, kept.request_id) == (
        HEI,
        "GetCourseContent",
        "A",
        None,
    )
    assert (kept.position, kept.reason, kept.raw_text) == NAMELESS
    assert (kept.first_seen_at, kept.cleared_at) == (START, None)
    assert set(await live(connection)) == {10, 20}
    counted = await connection.fetchval("SELECT quarantined FROM dcs.sync_outcome")
    assert counted == 1


async def test_c1_nothing_is_gone_while_a_record_cannot_be_told(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(20)]}))
    assert (await apply_reading(connection, partial(NAMELESS, night=1))).removed == 0
    assert set(await live(connection)) == {10, 20}


async def test_the_same_record_night_by_night_is_one_row_and_writes_nothing(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS, OTHER, NAMELESS._replace(position=9)))
    before = await versions(connection)
    assert len(await stands(connection)) == 2
    for night in (1, 2):
        moved = NAMELESS._replace(position=NAMELESS.position + night)
        assert (await apply_reading(connection, partial(OTHER, moved, moved, night=night))).quarantined == 3
    assert await versions(connection) == before


async def test_a_record_clears_itself_when_upstream_mends_it(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS, OTHER))
    await apply_reading(connection, partial(OTHER, night=1))
    assert await stands(connection) == [("GetCourseContent", "A", OTHER.raw_text)]
    outcome = await apply_reading(connection, reading({"A": [item(10)], "B": [item(20)]}, night=2))
    assert (outcome.outcome, outcome.quarantined) == ("complete", 0)
    assert await stands(connection) == []
    known = {q.raw_text: q.cleared_at for q in await quarantine.listed(connection, cleared=True)}
    assert known == {
        NAMELESS.raw_text: START + timedelta(days=1),
        OTHER.raw_text: START + timedelta(days=2),
    }


async def test_a_record_that_comes_back_is_told_anew(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS))
    await apply_reading(connection, reading({"A": [], "B": [item(20)]}, night=1))
    await apply_reading(connection, partial(NAMELESS, night=2))
    assert (len(await stands(connection)), await cleared(connection)) == (1, 1)


async def test_a_course_that_was_not_read_keeps_its_records(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS))
    await apply_reading(connection, reading({"A": Content.UNREAD, "B": [item(20)]}, night=1))
    assert len(await stands(connection)) == 1


async def test_a_renamed_course_keeps_its_records_and_a_removed_one_has_none(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS))
    await apply_reading(connection, partial(NAMELESS, night=1, codes={"A": "A2"}))
    assert (await stands(connection), await cleared(connection)) == (
        [("GetCourseContent", "A2", NAMELESS.raw_text)],
        0,
    )
    await apply_reading(connection, reading({"B": [item(20)]}, night=2))
    assert (await stands(connection), await cleared(connection)) == ([], 1)


async def test_r5_records_follow_their_course_through_a_rollover(connection: Connection) -> None:
    """R5: the course has another id."""
    await apply_reading(connection, partial(NAMELESS))
    june = partial(NAMELESS, night=100, year="2026-2027", ids={"A": 70, "B": 71})
    june.courses[1].items = [item(21, previous=20)]
    await apply_reading(connection, june)
    assert (len(await stands(connection)), await cleared(connection)) == (1, 0)


async def test_the_course_list_has_a_place_of_its_own(connection: Connection) -> None:
    await apply_reading(connection, partial_list(NO_CODE))
    assert await stands(connection) == [("GetCourses", None, NO_CODE.raw_text)]
    before = await versions(connection)
    await apply_reading(connection, partial_list(NO_CODE, night=1))
    assert await versions(connection) == before
    await apply_reading(connection, reading({"B": [item(20)]}, night=2))
    assert await stands(connection) == []


async def test_a_reading_of_one_course_touches_that_one_alone(connection: Connection) -> None:
    first = partial(NAMELESS)
    first.rejected, first.list_complete, first.list_digest = [NO_CODE], False, None
    await apply_reading(connection, first)
    await apply_reading(connection, reading({"B": [item(20)]}, night=1, is_full=False, list_complete=False))
    assert len(await stands(connection)) == 2
    await apply_reading(connection, reading({"A": [item(10)]}, night=2, is_full=False, list_complete=False))
    assert await stands(connection) == [("GetCourses", None, NO_CODE.raw_text)]


async def test_c5_an_older_reading_brings_back_nothing_and_clears_nothing(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS, order=10**6))
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(20)]}, night=2, order=3 * 10**6))
    await apply_reading(connection, partial(NAMELESS, OTHER, night=1, order=2 * 10**6))
    assert await stands(connection) == []
    await apply_reading(connection, partial(OTHER, night=4, order=5 * 10**6))
    before = await quarantine.listed(connection, cleared=True)
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(20)]}, night=3, order=4 * 10**6))
    assert await quarantine.listed(connection, cleared=True) == before


async def test_c5_a_refresh_that_ran_while_the_night_read_wins(connection: Connection) -> None:
    await apply_reading(connection, partial(NAMELESS, order=10**6))
    await apply_reading(
        connection, partial(OTHER, night=2, order=3 * 10**6, is_full=False, list_complete=False)
    )
    await apply_reading(connection, partial(NAMELESS, night=1, order=2 * 10**6))
    assert await stands(connection) == [("GetCourseContent", "A", OTHER.raw_text)]


def _looking_up(*found: LookedUp, night: int, is_full: bool = False) -> InstitutionReading:
    contents = {"A": [item(10)]} if is_full else {}
    what = reading(contents, night=night, is_full=is_full, list_complete=is_full, looked_up=found)
    what.quarantined = sum(len(each.rejected) for each in found)
    return what


async def test_the_answer_for_one_request_has_a_place_of_its_own(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    broken = LookedUp(10, None, answered=False, rejected=[NAMELESS])
    assert (await apply_reading(connection, _looking_up(broken, night=1))).removed == 0
    (kept,) = await quarantine.listed(connection)
    assert (kept.method, kept.request_id, kept.raw_text) == ("GetCourseContent", 10, NAMELESS.raw_text)
    before = await versions(connection)
    await apply_reading(connection, _looking_up(broken, night=2))
    await apply_reading(connection, _looking_up(LookedUp(10, None, answered=False), night=3))
    await apply_reading(connection, _looking_up(LookedUp(11, None), night=4))
    assert await versions(connection) == before
    other = LookedUp(10, None, answered=False, rejected=[OTHER])
    await apply_reading(connection, _looking_up(other, night=5))
    assert [raw for _, _, raw in await stands(connection)] == [OTHER.raw_text]
    await apply_reading(connection, _looking_up(LookedUp(10, item(10), course_id("A")), night=6))
    assert await stands(connection) == []


async def test_a_whole_reading_that_need_not_look_a_request_up_clears_its_record(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    broken = LookedUp(99, None, answered=False, rejected=[NAMELESS])
    await apply_reading(connection, _looking_up(broken, night=1))
    await apply_reading(connection, _looking_up(broken, night=2, is_full=True))
    assert len(await stands(connection)) == 1
    await apply_reading(connection, _looking_up(night=3, is_full=True))
    assert await stands(connection) == []


async def test_the_list_of_institutions_has_a_place_of_its_own(connection: Connection) -> None:
    no_id = Rejected(1, "id is missing", '{"name": "University of Nowhere"}')
    for order in (1, 2):
        await institution_list.quarantine(connection, rejected=[no_id], reading_order=order, now=START)
    (kept,) = await quarantine.listed(connection)
    assert (kept.hei_id, kept.method, kept.raw_text) == (None, "GetInstitutions", no_id.raw_text)
    await apply_reading(connection, partial(NAMELESS))
    assert len(await stands(connection)) == 2
    await institution_list.quarantine(connection, rejected=[], reading_order=3, now=START)
    assert [method for method, _, _ in await stands(connection)] == ["GetCourseContent"]
    await institution_list.quarantine(connection, rejected=[no_id], reading_order=2, now=START)  # C5
    assert [method for method, _, _ in await stands(connection)] == ["GetCourseContent"]


async def test_a_flood_is_kept_in_part_and_counted_whole(connection: Connection) -> None:
    flood = [Rejected(n, "request-id is missing", f'{{"title": {n}}}') for n in range(1, MAX_REJECTED + 100)]
    assert (await apply_reading(connection, partial(*flood))).quarantined == len(flood)
    assert len(await stands(connection)) == MAX_REJECTED


@pytest.mark.parametrize(("nights", "left"), [(300, 1), (400, 0)])
async def test_what_was_mended_is_kept_for_a_year(connection: Connection, nights: int, left: int) -> None:
    await apply_reading(connection, partial(NAMELESS))
    await apply_reading(connection, reading({"A": [], "B": [item(20)]}, night=1))
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(20)]}, night=1 + nights))
    assert await cleared(connection) == left
