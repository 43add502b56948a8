"""Reading of answers: tolerant of spelling, complete, and strict about ids (W2-W7)."""

import json
from typing import Any

import msgspec
import pytest

from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    NotSubscribed,
    Retryable,
    UpstreamError,
)
from dcs_mirror.records import ContentItem, Course
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.rejected_entries import CUT, KEPT, LONGEST_TEXT, text_of

Json = dict[str, Any]  # the members of a body

READERS = {"institutions": wire.institutions, "courses": wire.courses, "content-items": wire.content}
ITEM = {"request-id": 261006}


def answer(**rest: object) -> bytes:
    """A body of status ok with the members ``rest``; underscores in their names become hyphens."""
    envelope = {"status": "ok", "status-code": 100, "status-message": "Success"}
    return msgspec.json.encode(envelope | {name.replace("_", "-"): value for name, value in rest.items()})


def item(entry: Json) -> ContentItem:
    (read,) = wire.content(answer(total_results=1, content_items=[ITEM | entry])).items
    return read


def course(entry: Json) -> Course:
    entry = {"id": 70668, "course-code": "HIST101"} | entry
    (read,) = wire.courses(answer(total_results=1, courses=[entry])).courses
    return read


def raw_item(members: bytes) -> ContentItem:
    """The item of a body whose entry holds ``members`` verbatim, which no JSON encoder would write."""
    body = b'{"status":"ok","total-results":1,"content-items":[{"request-id":1,' + members + b"}]}"
    (read,) = wire.content(body).items
    return read


# W2, W3: what counts as an answer, and which error a failure is.


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, InstitutionNotFound),
        (2, NotFound),
        (3, CredentialsRefused),
        (4, Retryable),
        (5, NotSubscribed),
        (6, InvalidParameter),
        (7, CallRefused),
    ],
)
@pytest.mark.parametrize("status", ["error", "Error", "ok", None])
@pytest.mark.parametrize("as_text", [False, True])
def test_w3_a_code_means_its_error_whatever_the_status_says(
    code: int, kind: type[UpstreamError], status: str | None, as_text: bool
) -> None:
    body = answer(status=status, status_code=str(code) if as_text else code, total_results=0, courses=[])
    with pytest.raises(kind) as raised:
        wire.courses(body)
    assert type(raised.value) is kind


@pytest.mark.parametrize("code", [None, 0, 8, 100, 500, -1, "none", [], True, 1.5])
def test_w2_an_error_without_a_known_code_is_asked_again_and_never_an_empty_list(code: object) -> None:
    with pytest.raises(Retryable):
        wire.courses(answer(status="error", status_code=code, total_results=0, courses=[]))


@pytest.mark.parametrize("message", ["No such\r\n\tthing\x1b[31m", "x" * 5000, "", None, ["a"], {"a": 1}, 5])
def test_w2_what_upstream_says_becomes_one_short_line(message: object) -> None:
    with pytest.raises(NotFound) as raised:
        wire.content(answer(status="error", status_code=2, status_message=message))
    said = str(raised.value)
    assert said.isprintable()
    assert 0 < len(said) < 300


@pytest.mark.parametrize("read", READERS.values())
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<!DOCTYPE html><html><body>Bad Gateway</body></html>",
        b'{"status": "ok", "status-code": 100, "total-results": 2, "content-items": [{"request-id": 1',
        b"[]",
        b'[{"request-id": 1}]',
        b'"ok"',
        b"null",
        b"100",
        b"{}",
        b'{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 7 seconds."}',
        b'{"statusCode": 401, "message": "Access denied due to invalid subscription key."}',
        b'{"institutions": [], "courses": [], "content-items": [], "total-results": 0}',
        b'{"status": "ok"}',
        b'{"status": "ok", "status-code": 100}',
        b'{"status": ["ok"], "total-results": 0}',
        b"{" * 50_000,
        b'{"status":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"status":"error","status-message":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_w2_what_is_no_answer_is_asked_again(read: Any, body: bytes) -> None:
    with pytest.raises(Retryable):
        read(body)


def test_w2_a_broken_body_is_shown_in_part_and_on_one_line() -> None:
    with pytest.raises(Retryable) as raised:
        wire.courses(b"<html>\n\x1b\xff" + b"x" * 10_000)
    assert "<html>" in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("envelope", [{"status": "OK "}, {"status": None}, {"status-code": "100"}])
def test_w4_success_is_known_by_its_status_or_its_code(envelope: Json) -> None:
    whole: Json = {"status": "ok", "status-code": 100, "total-results": 0, "courses": []}
    assert wire.courses(msgspec.json.encode(whole | envelope)) == ([], 0, [])


# W4, W6: the list.


@pytest.mark.parametrize(("name", "read"), READERS.items())
def test_w4_an_empty_list_may_be_null_or_left_out(name: str, read: Any) -> None:
    forms: list[Json] = [{name: []}, {name: None}, {}]
    for rest in forms:
        assert read(answer(total_results=0, **rest))[-3:] == ([], 0, [])


def test_w4_a_list_of_one_may_come_as_its_one_object() -> None:
    assert [i.request_id for i in wire.content(answer(total_results=1, content_items=ITEM)).items] == [261006]
    institution = {"id": 209, "name": "API_TEST"}
    assert (
        wire.institutions(answer(total_results="1", institutions=institution)).institutions[0].hei_id == 209
    )


@pytest.mark.parametrize("total", [0, 1, 3, -2, "1", 2.5, "two", "", True, [], {}, 10**40])
def test_w6_a_total_that_differs_from_the_entries_means_a_cut_answer(total: object) -> None:
    with pytest.raises(Retryable):
        wire.content(answer(total_results=total, content_items=[{"request-id": 1}, {"request-id": 2}]))


@pytest.mark.parametrize("total", [2, "2", 2.0, None])
def test_w6_a_total_that_agrees_or_is_left_out_is_taken(total: object) -> None:
    entries = [{"request-id": 1}, {"request-id": 2}]
    assert len(wire.content(answer(total_results=total, content_items=entries)).items) == 2


@pytest.mark.parametrize(
    "rest", [{}, {"content_items": None}, {"content_items": None, "total_results": None}]
)
def test_w6_without_a_total_nothing_is_no_empty_list(rest: Json) -> None:
    with pytest.raises(Retryable):
        wire.content(answer(**rest))


@pytest.mark.parametrize("twice", ["Content Items", "contentItems", "Total-Results", "Status", "statusCode"])
def test_w6_an_answer_that_says_one_thing_twice_is_refused(twice: str) -> None:
    with pytest.raises(Retryable):
        wire.content(answer(total_results=1, content_items=[ITEM], **{twice: None}))


def test_w4_a_key_that_decides_nothing_may_stand_in_two_spellings() -> None:
    read = wire.content(answer(total_results=1, content_items=[ITEM], hei="A", HEI="A"))
    assert len(read.items) == 1


def test_w6_a_total_without_its_list_means_a_cut_answer() -> None:
    with pytest.raises(Retryable):
        wire.courses(answer(total_results=3))


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


# W4: all else is read tolerantly and kept.


def test_w4_numbers_may_come_as_texts() -> None:
    read = item(
        {
            "request-id": "261006",
            "previous-year-id": "187698",
            "bibliographic-details": {"book-pages": "300", "file-size": "248.05", "OCR": "True"},
        }
    )
    assert (read.request_id, read.previous_year_id) == (261006, 187698)
    assert (read.book_pages, read.file_size, read.ocr) == (300, 248.05, True)
    assert course({"id": "70668", "duration": "52"}).duration == 52


@pytest.mark.parametrize("entry", [{"previous-year-id": p} for p in (None, 0, "0", "")] + [{}])
def test_w4_no_previous_year_may_be_null_absent_or_zero(entry: Json) -> None:
    read = item(entry)
    assert read.previous_year_id is None
    assert read.extra == {}


def test_w4_unknown_fields_are_kept_under_upstreams_own_keys() -> None:
    unknown = {"Course-Start": "1/Oct/2026", "nested": {"a": [1, None, {"b": 2.5}]}, "title": "outer"}
    assert item(unknown).extra == unknown
    assert course({"Faculty": "Arts", "\u6f22": None}).extra == {"Faculty": "Arts", "\u6f22": None}
    assert item({"bibliographic-details": {"ISMN": "M-2306"}}).extra == {"ISMN": "M-2306"}


def test_w4_a_key_that_item_and_bibliography_share_keeps_both_values() -> None:
    read = item({"link": "outer", "bibliographic-details": {"link": "inner"}})
    assert read.extra == {"link": "outer", "bibliographic-details.link": "inner"}


@pytest.mark.parametrize("word", ["Quarantined", "active", "", " Active ", "\u72b6\u6001"])
def test_w4_unknown_statuses_licences_and_sources_are_kept_as_they_are(word: str) -> None:
    read = item({"content-status": word, "licence": word, "source": word})
    assert (read.content_status, read.licence, read.source) == (word, word, word)
    assert course({"status": word}).status == word


WRONG = {
    "previous-year-id": [-1, True, [], "none", 2**63],
    "content-status": [True, ["Active"], {"is": "Active"}],
    "date-created": ["yesterday", 20190510, "31/Feb/2019", ["10/May/2019"], "10/Mai/2019"],
    "licence": [False, []],
}
WRONG_DETAILS = {
    "book-pages": ["many", 2**31, 300.5, False, []],
    "OCR": ["maybe", 2, []],
    "file-size": ["large", True, {}],
    "title": [True, ["A", "B"]],
}


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, vs in WRONG.items() for v in vs])
def test_w4_a_value_of_the_wrong_kind_is_null_and_kept_in_extra(key: str, value: object) -> None:
    read = item({key: value})
    assert getattr(read, key.replace("-", "_")) is None
    assert read.extra == {key: value}


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, vs in WRONG_DETAILS.items() for v in vs])
def test_w4_a_bibliographic_value_of_the_wrong_kind_is_null_and_kept(key: str, value: object) -> None:
    read = item({"bibliographic-details": {key: value}})
    assert getattr(read, key.lower().replace("-", "_")) is None
    assert read.extra == {key: value}


@pytest.mark.parametrize("value", ["a year", "2016-2018", True, []])
def test_w4_an_academic_year_that_is_none_is_null_and_kept(value: object) -> None:
    read = course({"academic-year": value})
    assert read.academic_year is None
    assert read.extra == {"academic-year": value}


@pytest.mark.parametrize("empty", ["", " "])
def test_w5_an_empty_date_is_no_date_and_nothing_to_keep(empty: str) -> None:
    read = item({"date-created": empty, "last-modified": empty})
    assert (read.date_created, read.last_modified, read.extra) == (None, None, {})


def test_w4_a_bibliography_may_be_a_list_of_one() -> None:
    assert item({"bibliographic-details": [{"title": "T"}]}).title == "T"


@pytest.mark.parametrize(
    ("details", "kept"),
    [
        ([{"title": "A"}, {"title": "B"}], [{"title": "A"}, {"title": "B"}]),
        ("text", "text"),
        (5, 5),
        (["text"], "text"),
    ],
)
def test_w4_a_bibliography_of_another_kind_is_kept(details: object, kept: object) -> None:
    read = item({"bibliographic-details": details})
    assert read.title is None
    assert read.extra == {"bibliographic-details": kept}


@pytest.mark.parametrize("details", [None, {}, []])
def test_w4_an_empty_bibliography_is_none(details: object) -> None:
    assert item({"bibliographic-details": details}).extra == {}


def test_w4_an_empty_bibliography_under_another_spelling_hides_nothing() -> None:
    read = item({"bibliographic-details": {"title": "T"}, "bibliographicDetails": None})
    assert read.title == "T"


def test_w4_of_a_repeated_key_the_last_value_counts() -> None:
    assert raw_item(b'"licence":"first","licence":"last"').licence == "last"
    assert raw_item(b'"licence":"first","Licence":"last"').licence == "last"
    assert raw_item(b'"licence":"first","Licence":null').licence == "first"


def test_w4_a_byte_order_mark_is_no_part_of_the_answer() -> None:
    assert len(wire.content(b"\xef\xbb\xbf" + answer(total_results=1, content_items=[ITEM])).items) == 1


def test_w4_numbers_beyond_every_column_are_kept_as_text_or_in_extra() -> None:
    read = raw_item(
        b'"bibliographic-details":{"identifier":97807453214550000000001,"file-size":1e999},"n":1e999'
    )
    assert read.identifier == "97807453214550000000001"
    assert read.file_size is None
    assert read.extra == {"file-size": "inf", "n": "inf"}


# W7: what PostgreSQL refuses.


def test_w7_u0000_is_dropped_from_a_text_and_noted() -> None:
    read = item({"notes": "a\x00b", "bibliographic-details": {"title": "T\x00"}})
    assert (read.notes, read.title) == ("ab", "T")
    assert read.extra == {"notes (raw)": "a\\x00b", "title (raw)": "T\\x00"}
    assert course({"course-code": "HIST\x00101"}).course_code == "HIST101"


def test_w7_a_lone_surrogate_is_replaced_and_noted() -> None:
    read = raw_item(b'"notes":"a\\ud800b","licence":"\\ud83d\\ude00"')
    assert (read.notes, read.licence) == ("a?b", "\U0001f600")
    assert read.extra == {"notes (raw)": "a\\ud800b"}


def test_w7_what_is_kept_in_extra_is_cleaned_at_any_depth_keys_too() -> None:
    read = raw_item(
        b'"x\\u0000":{"y\\ud800":["z\\u0000"]},"source\\u0000":["\\u0000"],"lic\\ud800ence":["\\ud800"]'
    )
    assert read.extra == {"x": {"y?": ["z"]}, "source": [""], "lic?ence": ["?"]}


def test_w7_the_note_of_a_cleaned_text_has_a_clean_key() -> None:
    assert raw_item(b'"notes\\u0000":"a\\u0000"').extra == {"notes (raw)": "a\\x00"}


def test_w4_nesting_is_kept_to_a_sane_depth_and_refused_beyond_it() -> None:
    deep = b'"x":' + b"[" * 50 + b"]" * 50
    assert msgspec.json.encode(raw_item(deep).extra) == b"{" + deep + b"}"
    for depth in (150, 400, 900):
        with pytest.raises(Retryable, match="nested"):
            raw_item(b'"x":' + b"[" * depth + b"]" * depth)
        with pytest.raises(Retryable, match="nested"):
            raw_item(b'"licence":' + b'{"a":' * depth + b"1" + b"}" * depth)
