"""The script of faults: what it accepts, which calls it hits, and what each kind does to an answer."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dcs_mirror.sandbox import Sizes, build_world
from dcs_mirror.sandbox.faults import (
    Call,
    Fault,
    Script,
    ScriptUnreadable,
    TrueAnswer,
    parse_script,
    read_script,
)
from dcs_mirror.sandbox.methods import METHODS, call
from dcs_mirror.sandbox.parameters import parameters_of

Json = dict[str, Any]  # a decoded answer
NOON = datetime(2026, 8, 4, 12, tzinfo=UTC)
COURSES = Call("GetCourses", "/v3/GetCourses", {"hei": "108"})
CONTENT = Call("GetCourseContent", "/v3/getcoursecontent", {"hei": "108", "code": "R&D/7"})
LOOK_UP = Call("GetCourseContent", "/v3/GetCourseContent", {"hei": "108", "request-id": "7"})


def script(*faults: Json) -> list[Fault]:
    return parse_script(json.dumps(faults).encode())


def hits(calls: list[Call], *faults: Json) -> list[str | None]:
    """The kind of the fault that hits each call, or None."""
    running = Script(script(*faults))
    met = [running.fault_for(asked) for asked in calls]
    return [None if fault is None else fault.kind for fault in met]


@pytest.mark.parametrize(
    ("where", "hit"),
    [
        ({}, [COURSES, CONTENT, LOOK_UP]),
        ({"method": "GetCourses"}, [COURSES]),
        ({"path": "/v3/GetCourseContent"}, [CONTENT, LOOK_UP]),
        ({"path": "*/getcourses"}, [COURSES]),
        ({"path": "/v3"}, []),
        ({"query": {"HEI": 108}}, [COURSES, CONTENT, LOOK_UP]),
        ({"query": {"hei": "108", "Request-ID": 7}}, [LOOK_UP]),
        ({"query": {"hei": 10}}, []),
        ({"query": {"code": "R&D/7"}}, [CONTENT]),
        ({"query": {"code": True}}, [CONTENT]),
        ({"query": {"code": False}}, [COURSES, LOOK_UP]),
        ({"method": "GetCourseContent", "query": {"code": False}}, [LOOK_UP]),
    ],
)
def test_a_fault_hits_the_calls_it_names(where: Json, hit: list[Call]) -> None:
    calls = [COURSES, CONTENT, LOOK_UP]
    assert hits(calls, {"kind": "hang", **where}) == ["hang" if c in hit else None for c in calls]


def test_the_first_calls_are_spared_and_then_a_number_of_calls_hit() -> None:
    fault = {"kind": "hang", "after": 2, "times": 3}
    assert hits([COURSES] * 7, fault) == [None, None, "hang", "hang", "hang", None, None]


def test_the_first_fault_that_fires_hits_the_call() -> None:
    faults = ({"kind": "hang", "times": 2}, {"kind": "reset", "after": 1, "times": 1})
    assert hits([COURSES] * 5, *faults) == ["hang", "hang", None, "reset", None]


def test_a_fault_without_times_never_ends() -> None:
    assert hits([COURSES] * 500, {"kind": "hang"}) == ["hang"] * 500


def test_a_share_is_the_same_for_the_same_calls_in_any_order() -> None:
    calls = [Call("GetCourses", "/v3/GetCourses", {"hei": str(hei)}) for hei in range(2000)]
    fault = {"kind": "hang", "share": 0.25, "seed": 7}
    drawn = hits(calls, fault)
    assert 400 < drawn.count("hang") < 600
    assert hits(calls[::-1], fault)[::-1] == drawn
    assert hits(calls, fault | {"seed": 8}) != drawn


def test_a_repeated_call_is_drawn_again() -> None:
    drawn = hits([COURSES] * 2000, {"kind": "hang", "share": 0.25})
    assert 400 < drawn.count("hang") < 600


def test_two_shares_of_one_seed_hit_different_calls() -> None:
    drawn = hits([COURSES] * 2000, {"kind": "hang", "share": 0.25}, {"kind": "reset", "share": 0.25})
    assert 250 < drawn.count("reset") < 500


def test_a_share_of_0_hits_no_call_and_of_1_every_call() -> None:
    assert hits([COURSES] * 3, {"kind": "hang", "share": 0}) == [None] * 3
    assert hits([COURSES] * 3, {"kind": "hang", "share": 1}) == ["hang"] * 3


def test_a_script_reports_its_faults_and_how_often_each_was_met_and_fired() -> None:
    given: list[Json] = [
        {"kind": "hang", "times": 1, "after": 1, "query": {"hei": 108}},
        {"kind": "status", "status": 503, "retry_after": 2},
    ]
    running = Script(script(*given))
    for _ in range(3):
        running.fault_for(COURSES)
    assert running.report()["faults"] == [
        {"fault": running_fault, "met": met, "fired": fired}
        for running_fault, met, fired in zip(script(*given), (2, 2), (1, 2), strict=True)
    ]
    running.replace(())
    assert not running
    assert running.report() == {"faults": []}


@pytest.mark.parametrize(
    ("faults", "lines"),
    [
        ([{}], ["fault 1: Object missing required field `kind`"]),
        ([{"kind": "fire"}], ["fault 1: unknown kind 'fire'; known are status, error, "]),
        ([7], ["fault 1: Expected `object`, got `int`"]),
        ([{"kind": "hang", "often": 1}], ["fault 1: Object contains unknown field `often`"]),
        ([{"kind": "hang"}, {"kind": "hang", "times": 0}], ["fault 2: Expected `int` >= 1 - at `$.times`"]),
        ([{"kind": "hang", "after": -1}, {"kind": "drip", "bytes": 0}], ["fault 1: ", "fault 2: "]),
        ([{"kind": "hang", "share": 1.1}], ["fault 1: Expected `float` <= 1.0 - at `$.share`"]),
        (
            [{"kind": "hang", "method": "GetBooks"}],
            ["fault 1: method: unknown 'GetBooks'; known are AmendCourse, Get"],
        ),
        ([{"kind": "hang", "query": {"hei": None}}], ["fault 1: Expected `bool | int | str`, got `null`"]),
        ([{"kind": "hang", "at": "end"}], ["fault 1: Invalid enum value 'end' - at `$.at`"]),
        ([{"kind": "status", "status": 200}], ["fault 1: Expected `int` >= 400 - at `$.status`"]),
        ([{"kind": "status", "status": 503, "retry_after": "1\n"}], ["fault 1: Expected `str` matching"]),
        (
            [{"kind": "status", "status": 503, "retry_after_form": "date"}],
            ["fault 1: retry_after_form: a date needs a retry_after in seconds"],
        ),
        ([{"kind": "error", "code": 8}], ["fault 1: Expected `int` <= 7 - at `$.code`"]),
        ([{"kind": "redirect", "location": "a\r\nb: c"}], ["fault 1: Expected `str` matching"]),
        ([{"kind": "wrong-total", "by": 0}], ["fault 1: by: 0 would leave the total right"]),
        ([{"kind": "wrong-numbers"}], ["fault 1: Object missing required field `form`"]),
        ([{"kind": "nul", "fields": []}], ["fault 1: Expected `array` of length >= 1 - at `$.fields`"]),
    ],
)
def test_each_invalid_fault_gets_a_line_that_says_why(faults: list[Json], lines: list[str]) -> None:
    with pytest.raises(ScriptUnreadable) as refused:
        parse_script(json.dumps(faults).encode())
    said = str(refused.value).splitlines()
    assert len(said) == len(lines)
    assert all(line.startswith(beginning) for line, beginning in zip(said, lines, strict=True))


@pytest.mark.parametrize("text", [b"", b"{}", b"[", b"\xff", b'{"kind": "hang"}'])
def test_a_script_must_be_a_list(text: bytes) -> None:
    with pytest.raises(ScriptUnreadable, match="not a JSON list of faults: "):
        parse_script(text)


def test_a_file_is_named_in_its_error(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    with pytest.raises(ScriptUnreadable, match=r"faults\.json: No such file"):
        read_script(file)
    file.write_text('[{"kind": "x"}]')
    with pytest.raises(ScriptUnreadable, match=r"faults\.json: fault 1: unknown kind 'x'"):
        read_script(file)
    file.write_text('[{"kind": "hang", "times": 1}]')
    assert read_script(file) == script({"kind": "hang", "times": 1})


def answer(method: str) -> bytes:
    world = build_world(Sizes(institutions=2, courses=3, items=3), seed=3)
    institution = next(iter(world.institutions.values()))
    course = max(institution.courses.values(), key=lambda c: len(c.items))
    query = {
        "getcourses": f"hei={institution.id}",
        "getcoursecontent": f"hei={institution.id}&code={course.code}",
    }
    asked = query.get(method, "")
    assert parameters_of(asked) or method == "getinstitutions"
    return call(METHODS["GET", method], world, asked).body


@pytest.fixture(params=["getinstitutions", "getcourses", "getcoursecontent"])
def true(request: pytest.FixtureRequest) -> bytes:
    return answer(request.param)


def corrupted(body: bytes, **fault: object) -> bytes:
    (parsed,) = script(fault)
    reply = parsed.reply(TrueAnswer(200, body, NOON))
    sent = b"".join(reply.chunks)
    assert (reply.status, reply.ending, reply.length) == (200, "whole", len(sent))
    return sent


def entries(document: Json) -> tuple[str, Any]:
    (name,) = document.keys() & {"Institutions", "institutions", "courses", "content-items"}
    return name, document[name]


def test_half_json_is_the_first_part_of_the_true_answer(true: bytes) -> None:
    sent = corrupted(true, kind="half-json")
    assert sent == true[: len(true) // 2]
    assert corrupted(true, kind="half-json", keep=0) == b""


def test_w6_a_wrong_total_is_all_that_is_wrong(true: bytes) -> None:
    before, after = json.loads(true), json.loads(corrupted(true, kind="wrong-total", by=-1))
    assert after == before | {"total-results": before["total-results"] - 1}


def test_w2_w6_an_empty_list_hides_itself_or_not(true: bytes) -> None:
    before = json.loads(true)
    name, _ = entries(before)
    assert json.loads(corrupted(true, kind="empty")) == before | {name: [], "total-results": 0}
    assert json.loads(corrupted(true, kind="empty", total="true")) == before | {name: []}


def test_entries_are_sent_twice_and_counted_twice(true: bytes) -> None:
    before = json.loads(true)
    name, listed = entries(before)
    twice = json.loads(corrupted(true, kind="duplicate"))
    assert twice == before | {name: listed * 2, "total-results": 2 * len(listed)}
    once_more = json.loads(corrupted(true, kind="duplicate", entries=1))
    assert once_more == before | {name: [*listed, listed[0]], "total-results": len(listed) + 1}


def test_w4_entries_lose_their_ids(true: bytes) -> None:
    _, before = entries(json.loads(true))
    bare = [{k: v for k, v in e.items() if k not in {"id", "request-id"}} for e in before]
    assert entries(json.loads(corrupted(true, kind="no-ids")))[1] == bare
    assert entries(json.loads(corrupted(true, kind="no-ids", entries=1)))[1] == [bare[0], *before[1:]]


@pytest.mark.parametrize("form", ["digits", "words", "object"])
def test_w4_numbers_become_something_else_but_the_status_code_stays(form: str, true: bytes) -> None:
    before, after = json.loads(true), json.loads(corrupted(true, kind="wrong-numbers", form=form))
    total = before["total-results"]
    forms = {"digits": str(total), "words": "not a number", "object": {"value": total}}
    assert after["total-results"] == forms[form]
    assert after["status-code"] == 100
    _, listed = entries(after)
    assert all(not isinstance(v, int) or isinstance(v, bool) for e in listed for v in e.values())


def test_w4_only_the_numbers_that_are_named_are_hit() -> None:
    true = json.loads(answer("getcoursecontent"))
    fault = {"kind": "wrong-numbers", "form": "digits", "fields": ["file-size"]}
    after = json.loads(corrupted(json.dumps(true).encode(), **fault))
    for item in true["content-items"]:
        item["bibliographic-details"]["file-size"] = str(item["bibliographic-details"]["file-size"])
    assert after == true


def test_w4_lists_become_something_else(true: bytes) -> None:
    before = json.loads(true)
    name, listed = entries(before)
    forms = {"null": None, "first": listed[0], "object": {str(n): e for n, e in enumerate(listed)}}
    for form, value in forms.items():
        assert json.loads(corrupted(true, kind="wrong-lists", form=form)) == before | {name: value}


def test_w7_u0000_and_broken_utf8_come_in_the_middle_of_texts(true: bytes) -> None:
    with_nul = json.loads(corrupted(true, kind="nul", fields=["status-message"]))
    assert with_nul == json.loads(true) | {"status-message": "Suc\0cess"}
    broken = corrupted(true, kind="invalid-utf8", fields=["status-message"])
    assert broken == true.replace(b"Success", b"Suc\xff\xfecess")
    with pytest.raises(UnicodeDecodeError):
        corrupted(true, kind="invalid-utf8").decode()
    assert corrupted(true, kind="nul").count(b"\\u0000") > corrupted(true, kind="nul", fields=["x"]).count(
        b"\\u0000"
    )


@pytest.mark.parametrize("kind", ["wrong-total", "empty", "duplicate", "no-ids"])
def test_a_refusal_has_nothing_to_corrupt_and_stays(kind: str) -> None:
    refusal = b'{"status":"error","status-code":2,"status-message":"Course not found"}'
    assert corrupted(refusal, kind=kind) == refusal


def test_w2_an_http_date_counts_from_the_answer() -> None:
    (fault,) = script({"kind": "status", "status": 429, "retry_after": 90, "retry_after_form": "date"})
    assert fault.reply(TrueAnswer(200, b"", NOON)).headers["Retry-After"] == "Tue, 04 Aug 2026 12:01:30 GMT"


def test_a_bomb_is_a_thousandth_of_what_it_unpacks_to() -> None:
    (fault,) = script({"kind": "gzip-bomb", "bytes": 20_000_000})
    reply = fault.reply(TrueAnswer(200, b"{}", NOON))
    assert sum(map(len, reply.chunks)) < 40_000
