"""Whatever the body: it is read right, or its bad records are set aside, or it is refused (W2, W4, W6)."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcs_mirror.errors import UpstreamError
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.rejected_entries import CUT, KEPT, LONGEST_TEXT
from tests.properties.bodies import IDS, LISTS, ODD, Body, damaged, real_bodies, squashed, whole_ids

SEEDS, SHORT_SEEDS, BODIES_A_SEED = 24, 8, 750
STRUCTURES, SHORT_STRUCTURES = 2000, 300
"""Together 20,000 bodies."""

READERS: dict[str, Any] = {
    "GetInstitutions": wire.institutions,
    "GetCourses": wire.courses,
    "GetCourseContent": wire.content,
}
COLUMNS = {"GetInstitutions": "hei_id", "GetCourses": "course_id", "GetCourseContent": "request_id"}
REAL = real_bodies()


def records(answer: Any) -> list[Any]:
    """The records of any of the three answers."""
    found: list[Any] = answer[-3]
    return found


def entries(body: Body) -> list[object] | None:
    """The entries of a body as plain json reads them; None where it cannot."""
    try:
        parsed = json.loads(body.raw)
        listed = [v for k, v in parsed.items() if squashed(k) == LISTS[body.method]]
    except (ValueError, RecursionError, AttributeError):
        return None
    return listed[-1] if listed and isinstance(listed[-1], list) else None


def read(body: Body) -> Any:
    """The answer that the decoder makes of a body, or the error that it raises: no other one passes."""
    try:
        return READERS[body.method](body.raw)
    except UpstreamError as error:
        return error


def check(body: Body) -> bool:
    """Holds what the decoder makes of a body against what plain json says; whether it was read."""
    whole, answer = whole_ids(body.method, body.raw), read(body)
    if isinstance(answer, UpstreamError):
        assert whole is None or "deep" in str(answer), body
        assert str(answer).isprintable()
        return False
    ids = [getattr(record, COLUMNS[body.method]) for record in records(answer)]
    assert all(type(each) is int and 0 < each < 2**63 for each in ids), body
    assert len(answer.kept) == min(answer.rejected, KEPT)
    for kept in answer.kept:
        assert kept.reason
        assert kept.raw_text
        assert kept.raw_text.isprintable()
        assert len(kept.raw_text) <= 12 * LONGEST_TEXT + len(CUT)
    listed = entries(body)
    if listed is not None:
        assert len(ids) + answer.rejected == len(listed), body
        texts = [kept.raw_text for kept in answer.kept]
        assert texts == [_text(listed[kept.position - 1], kept.raw_text) for kept in answer.kept], body
    if whole is not None:
        assert (set(ids), answer.rejected) == (whole, 0), body
    return True


def _text(entry: object, said: str) -> str:
    """What should have been kept of an entry: compared as a value, where it was not cut."""
    if said.endswith(CUT) or "deep" in said:
        return said
    return said if repr(json.loads(said)) == repr(entry) else f"not {said}"


def untouched(body: Body, original: Body) -> None:
    """The entries that nothing happened to say what they said before."""
    if body.touched is None:
        return
    before, after = read(original), read(body)
    if not isinstance(after, UpstreamError):
        for place, record in enumerate(records(before)):
            assert place in body.touched or record in records(after), (place, body)


def test_what_the_sandbox_sends_is_read_whole() -> None:
    """The oracle and the decoder agree where nothing happened."""
    for body in REAL:
        assert whole_ids(body.method, body.raw) is not None
        assert check(body)


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=pytest.mark.long if seed >= SHORT_SEEDS else []) for seed in range(SEEDS)],
)
def test_w4_a_damaged_body_is_read_right_set_aside_or_refused(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage, not a secret
    was_read = 0
    for _ in range(BODIES_A_SEED):
        original = dice.choice(REAL)
        body = damaged(original, dice)
        was_read += check(body)
        untouched(body, original)
    assert (
        BODIES_A_SEED * 0.2 < was_read < BODIES_A_SEED * 0.8
    )  # the damage is neither too much nor too little


odd = st.sampled_from(ODD) | st.recursive(
    st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(["id", "ID", "course-code", "request-id", "Request ID", "name", "notes", "status"])
envelope_keys = st.sampled_from(
    [
        "status",
        "Status",
        "status-code",
        "total-results",
        "courses",
        "Courses",
        "content-items",
        "institutions",
    ]
)


structures = given(
    method=st.sampled_from(sorted(IDS)),
    listed=st.lists(st.dictionaries(keys, odd | st.integers(1, 9), max_size=5) | odd, max_size=4),
    rest=st.dictionaries(envelope_keys, odd, max_size=2),
    total=st.booleans(),
)


@settings(max_examples=SHORT_STRUCTURES, deadline=None, derandomize=True, database=None)
@structures
def test_w4_any_structure_is_read_right_set_aside_or_refused(
    method: str, listed: list[object], rest: dict[str, object], total: bool
) -> None:
    _check_structure(method, listed, rest, total=total)


@pytest.mark.long
@settings(max_examples=STRUCTURES, deadline=None, derandomize=True, database=None)
@structures
def test_w4_any_of_many_structures_is_read_right_set_aside_or_refused(
    method: str, listed: list[object], rest: dict[str, object], total: bool
) -> None:
    _check_structure(method, listed, rest, total=total)


def _check_structure(method: str, listed: list[object], rest: dict[str, object], *, total: bool) -> None:
    name = {"contentitems": "content-items"}.get(LISTS[method], LISTS[method])
    envelope = {"status": "ok", "status-code": 100, name: listed}
    if total:
        envelope["total-results"] = len(listed)
    check(Body(method, json.dumps(envelope | rest).encode()))
