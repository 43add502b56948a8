"""The fast decoder reads an answer as the tolerant reader does, or leaves it to that (W4)."""

import json
import random
from itertools import product
from typing import Any

import msgspec
import pytest

from dcs_mirror.errors import UpstreamError
from dcs_mirror.records import ContentItem
from dcs_mirror.upstream import fast_decoder, wire
from tests.properties.bodies import damaged, real_bodies

DAMAGED = 4000
CONTENTS = [body for body in real_bodies() if body.method == "GetCourseContent"]


def answer(*items: dict[str, Any], **envelope: Any) -> bytes:
    """A content answer, spelled as in the specification's tables."""
    around = {"total-results": len(items), "HEI": "A", "course-ID": 7, "status": "ok", "status-code": 100}
    return json.dumps(around | {"content-items": list(items)} | envelope).encode()


def tolerantly(body: bytes) -> Any:
    read = wire.tolerant_content(body)
    return None if read.rejected else (read.course_id, read.items)


def test_the_columns_stand_in_the_order_of_the_record() -> None:
    columns = (*fast_decoder._IN_ORDER(fast_decoder._DECODED), "extra")
    assert columns == ContentItem.__struct_fields__


def test_nearly_all_that_the_sandbox_sends_is_decoded_at_once() -> None:
    at_once = [fast_decoder.content(body.raw) for body in CONTENTS]
    assert sum(read is not None for read in at_once) > 0.9 * len(CONTENTS)
    for body, read in zip(CONTENTS, at_once, strict=True):
        assert read is None or read == tolerantly(body.raw)


SPELLINGS = [("HEI", "hei"), ("Source", "source"), ("extract-author", "extractAuthor")]


@pytest.mark.parametrize("spelled", list(product(*SPELLINGS)))
def test_every_documented_spelling_is_decoded_at_once(spelled: tuple[str, str, str]) -> None:
    hei, source, extract_author = spelled
    item = {"request-id": 9, source: "Library copy", "bibliographic-details": {extract_author: "Woolf"}}
    body = answer(item).replace(b'"HEI"', f'"{hei}"'.encode())
    read = fast_decoder.content(body)
    assert read is not None
    assert (read[1][0].source, read[1][0].extract_author) == ("Library copy", "Woolf")
    assert read == tolerantly(body)


def test_a_key_that_is_null_in_its_other_spelling_is_decoded_at_once() -> None:
    details = {"extract-author": None, "extractAuthor": "Woolf"}
    body = answer(
        {"request-id": 9, "Source": "Library copy", "source": None, "bibliographic-details": details}
    )
    read = fast_decoder.content(body)
    assert read is not None
    assert (read[1][0].source, read[1][0].extract_author) == ("Library copy", "Woolf")
    assert read == tolerantly(body)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_damaged_means_the_same_or_is_left_to_the_tolerant_reader(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage, not a secret
    at_once = 0
    for _ in range(DAMAGED // 4):
        body = damaged(dice.choice(CONTENTS), dice).raw
        read = fast_decoder.content(body)
        if read is not None:
            at_once += 1
            assert read == tolerantly(body), body
    assert at_once > DAMAGED // 40


@pytest.mark.parametrize(
    "item",
    [
        {"request-id": 0},
        {"request-id": 2**63},
        {"request-id": "9"},
        {"request-id": 9.0},
        {"previous-year-id": 3},
        {"request-id": 9, "unheard-of": 1},
        {"request-id": 9, "Source": "a", "source": "b"},
        {"request-id": 9, "bibliographic-details": {"extract-author": "a", "extractAuthor": "b"}},
        {"request-id": 9, "notes": 5},
        {"request-id": 9, "notes": "a\x00b"},
        {"request-id": 9, "notes": "a\ud800b"},
        {"request-id": 9, "content-GUID": "x" * 501},
        {"request-id": 9, "date-created": "soon"},
        {"request-id": 9, "bibliographic-details": []},
        {"request-id": 9, "bibliographic-details": {"book-pages": "12"}},
        {"request-id": 9, "bibliographic-details": {"book-pages": 2**31}},
    ],
)
def test_what_takes_tolerance_is_left_to_the_tolerant_reader(item: dict[str, Any]) -> None:
    assert fast_decoder.content(answer(item)) is None


@pytest.mark.parametrize(
    "envelope",
    [{"status": "error"}, {"status-code": 3}, {"total-results": 2}, {"content-items": None}, {"x": 1}],
)
def test_an_envelope_that_is_not_plain_success_is_left_to_the_tolerant_reader(
    envelope: dict[str, Any],
) -> None:
    assert fast_decoder.content(answer({"request-id": 9}, **envelope)) is None


@pytest.mark.parametrize("previous", [None, 0, 8])
def test_ids_of_the_year_before_and_empty_dates(previous: int | None) -> None:
    body = answer({"request-id": 9, "previous-year-id": previous, "date-created": "", "content-GUID": ""})
    read = fast_decoder.content(body)
    assert read is not None
    assert read == tolerantly(body)
    assert msgspec.structs.asdict(read[1][0])["previous_year_id"] == (previous or None)


def test_an_error_answer_is_left_to_the_tolerant_reader() -> None:
    with pytest.raises(UpstreamError):
        wire.content(answer(**{"status": "error", "status-code": 2, "status-message": "no"}))
