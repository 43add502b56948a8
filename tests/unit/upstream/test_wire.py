"""Answers from bytes to lists: errors are recognised, and a cut answer is never an empty list (W2-W6)."""

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
from dcs_mirror.upstream import wire
from tests.unit.upstream.wire_bodies import ITEM, READERS, Json, answer

# W2, W3: what is an answer, and which error is meant.


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
        wire.courses(b"[html]\n\x1b\xff" + b"x" * 10_000)
    assert "[html]" in str(raised.value)
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
