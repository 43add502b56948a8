"""Everything but identity is read tolerantly and kept (W4, W5, W7)."""

import msgspec
import pytest

from dcs_mirror.errors import (
    Retryable,
)
from dcs_mirror.upstream import wire
from tests.unit.upstream.wire_bodies import ITEM, Json, answer, course, item, raw_item

# W4: everything else is read tolerantly, and kept.


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


# W7: what Postgres refuses.


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
