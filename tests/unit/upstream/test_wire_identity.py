"""Identity is strict: entries without an id are set aside, counted and kept for the operator (W4, W8)."""

import json
from typing import Any

import pytest

from dcs_mirror.errors import (
    Retryable,
)
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.rejected_entries import CUT, KEPT, LONGEST_TEXT, text_of
from tests.unit.upstream.wire_bodies import ITEM, READERS, answer, course

# W4: identity is strict.

NO_IDENTITY: list[object] = [None, "", 0, -1, "x", 1.5, True, [1], {"id": 1}, 2**63, 10**400]


@pytest.mark.parametrize("identity", NO_IDENTITY)
def test_w4_an_entry_without_its_id_is_set_aside_and_counted(identity: object) -> None:
    items = wire.content(answer(total_results=2, content_items=[ITEM, {"request-id": identity}]))
    assert ([i.request_id for i in items.items], items.rejected) == ([261006], 1)
    courses = wire.courses(answer(total_results=1, courses=[{"id": identity, "course-code": "HIST101"}]))
    assert courses[:2] == ([], 1)
    institutions = wire.institutions(answer(total_results=1, institutions=[{"id": identity, "name": "A"}]))
    assert institutions[:2] == ([], 1)
    reason = "is missing" if identity is None else "cannot be read"
    assert [r.reason for r in items.kept] == [f"request-id {reason}"]
    assert [r.reason for r in (*courses.kept, *institutions.kept)] == [f"id {reason}"] * 2


def test_w4_an_institution_id_beyond_the_columns_range_is_set_aside() -> None:
    assert wire.institutions(answer(total_results=1, institutions=[{"id": 2**31, "name": "A"}]))[:2] == (
        [],
        1,
    )


@pytest.mark.parametrize("code", [None, "", [], {}, True, "\x00"])
def test_w4_a_course_without_a_code_is_set_aside_and_counted(code: object) -> None:
    courses = [{"id": 1, "course-code": code}, {"id": 2, "course-code": "HIST101"}]
    read = wire.courses(answer(total_results=2, courses=courses))
    assert ([c.course_id for c in read.courses], read.rejected) == ([2], 1)
    reason = "is missing" if code in (None, "", "\x00") else "cannot be read"
    assert [(r.position, r.reason) for r in read.kept] == [(1, f"course-code {reason}")]


def test_w4_a_course_code_that_is_a_number_is_its_digits() -> None:
    assert course({"course-code": 101}).course_code == "101"


@pytest.mark.parametrize("entry", [None, "text", 5, 1.5, True, [], [{"request-id": 1}]])
@pytest.mark.parametrize(("name", "read"), READERS.items())
def test_w4_an_entry_that_is_no_object_is_set_aside_and_counted(name: str, read: Any, entry: object) -> None:
    records, count, kept = read(answer(total_results=1, **{name: [entry]}))[-3:]
    assert (records, count) == ([], 1)
    assert kept == [(1, "it is no object", json.dumps(entry))]


def test_w4_every_key_that_an_entry_lacks_is_named() -> None:
    read = wire.courses(answer(total_results=1, courses=[{"name": "A", "Course Code": {}}]))
    assert [r.reason for r in read.kept] == ["id is missing; course-code cannot be read"]


def test_w4_of_many_entries_that_identify_nothing_the_first_are_kept() -> None:
    entries = [{"title": n} for n in range(KEPT + 50)]
    read = wire.content(answer(total_results=len(entries), content_items=entries))
    assert (read.items, read.rejected) == ([], len(entries))
    assert [r.position for r in read.kept] == list(range(1, KEPT + 1))
    assert read.kept[7].raw_text == '{"title": 7}'


def test_w4_a_long_text_is_cut_and_says_so() -> None:
    (kept,) = wire.content(answer(total_results=1, content_items=[{"notes": "x" * 10**6}])).kept
    assert len(kept.raw_text) == LONGEST_TEXT + len(CUT)
    assert kept.raw_text.startswith('{"notes": "xxx')
    assert kept.raw_text.endswith(CUT)


@pytest.mark.parametrize("hostile", ["\x00", "\x1b[2J", "\x9b2J", "\u202e", "\u2028", "\ud800", "\U000e0041"])
def test_w4_the_text_that_is_kept_shows_no_terminal_and_no_database_anything_to_obey(hostile: str) -> None:
    entry = json.dumps({hostile: f"é{hostile}"}).encode()
    body = answer(total_results=1, content_items=["here"]).replace(b'"here"', entry)
    (kept,) = wire.content(body).kept
    assert kept.raw_text.isprintable()
    kept.raw_text.encode()
    assert json.loads(kept.raw_text) == {hostile: f"é{hostile}"}
    assert "é" in kept.raw_text


def test_w4_what_is_nested_too_deeply_to_be_written_down_is_said_to_be() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert "deep" in text_of(deep)


@pytest.mark.parametrize("listed", ["text", 5, True])
@pytest.mark.parametrize(("name", "read"), READERS.items())
def test_w4_a_list_that_is_none_is_no_empty_list(name: str, read: Any, listed: object) -> None:
    assert read(answer(total_results=1, **{name: listed}))[-3:-1] == ([], 1)
    with pytest.raises(Retryable):
        read(answer(total_results=0, **{name: listed}))


@pytest.mark.parametrize("name", [None, [], {}, True])
def test_w4_an_institution_needs_no_name(name: object) -> None:
    (read,) = wire.institutions(
        answer(total_results=1, institutions=[{"id": 209, "name": name}])
    ).institutions
    assert (read.hei_id, read.name) == (209, None)


@pytest.mark.parametrize("identity", [0, -1, None, "x", [], 2**63])
def test_w8_an_answer_need_not_say_whose_it_is(identity: object) -> None:
    read = wire.content(answer(total_results=1, content_items=[ITEM], course_ID=identity))
    assert (read.course_id, len(read.items)) == (None, 1)
