"""HTTP caching: what a client says it takes, and whether it has the answer already."""

from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict

from dcs_mirror.web import conditional

CHANGED = datetime(2026, 11, 1, 12, 0, 0, 500, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "age"),
    [
        (None, None),
        ("", None),
        ("no-cache", 0),
        ("No-Cache", 0),
        ("max-age=0", 0),
        ("max-age=60", 60),
        ('max-age="60"', 60),
        ("no-store, max-age = 30", 30),
        ("max-age=60, no-cache", 0),
        ("max-age=60, max-age=5", 5),
        ("min-fresh=5", None),
        ("max-age", None),
        ("max-age=-1", None),
        ("max-age=x", None),
        ("max-age=٣", None),  # a digit of another script
        ("max-age=" + "9" * 40, None),
        ("x-no-cache", None),
        ("," * 100_000, None),
    ],
)
def test_how_old_an_answer_a_client_takes(header: str | None, age: float | None) -> None:
    assert conditional.wanted_age(header) == age


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"If-None-Match": '"a"'}, True),
        ({"If-None-Match": 'W/"a-gzip"'}, True),
        ({"If-None-Match": '"x", "a"'}, True),
        ([("If-None-Match", '"x"'), ("If-None-Match", '"a"')], True),
        ({"If-None-Match": "*"}, True),
        ({"If-None-Match": '"b"'}, False),
        ({"If-None-Match": "a"}, False),
        # A tag that is given counts alone.
        ({"If-None-Match": '"b"', "If-Modified-Since": "Sun, 01 Nov 2026 12:00:00 GMT"}, False),
        ({"If-Modified-Since": "Sun, 01 Nov 2026 12:00:00 GMT"}, True),
        ({"If-Modified-Since": "Sun, 01 Nov 2026 11:59:59 GMT"}, False),
        ({"If-Modified-Since": "yesterday"}, False),
        ({"If-Modified-Since": "Sun, 99 Nov 2026 12:00:00 GMT"}, False),
    ],
)
def test_whether_a_client_has_the_answer(
    headers: dict[str, str] | list[tuple[str, str]], unchanged: bool
) -> None:
    assert conditional.is_unchanged(CIMultiDict(headers), ('"a"', '"a-gzip"'), CHANGED) is unchanged


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("deflate, GZIP", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0.001", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("br", False),
        ("identity", False),
        ("," * 100_000, False),
    ],
)
def test_whether_a_client_takes_gzip(header: str | None, accepted: bool) -> None:
    assert conditional.accepts_gzip(header) is accepted
