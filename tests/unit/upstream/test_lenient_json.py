"""Lenient JSON: what is accepted beyond plain JSON, and what is refused."""

import math

import pytest

from dcs_mirror.upstream import lenient_json


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'\r\n\t {"a": 1} \n', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (b'{"a": 1e999}', {"a": math.inf}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        (b'{"a": "\\u0000"}', {"a": "\x00"}),
        (b'{"a": "two\n\tlines"}', {"a": "two\n\tlines"}),
        ("{'a': 'é', 'b': [1, null]}".encode(), {"a": "é", "b": [1, None]}),
        (b"[ 'a', 'b' ]", ["a", "b"]),
        (b"""{'a': "King's", 'b': 'say "x"', 'c': 'it\\'s'}""", {"a": "King's", "b": 'say "x"', "c": "it's"}),
        (
            b"""{'a': 'say \\"x\\"', 'b': '\\\\', 'c': '\\u00e9\\n'}""",
            {"a": 'say "x"', "b": "\\", "c": "é\n"},
        ),
        (b"{'a': ''}", {"a": ""}),
        (b"{'a': 'two\nlines'}", {"a": "two\nlines"}),
    ],
)
def test_w4_almost_json_is_read_as_intended(body: bytes, expected: object) -> None:
    assert lenient_json.parse(body) == expected


def test_w4_nan_and_infinity_are_read() -> None:
    parsed = lenient_json.parse(b"[NaN, -Infinity]")
    assert isinstance(parsed, list)
    assert math.isnan(parsed[0])
    assert parsed[1] == -math.inf


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"<html><body>Service Unavailable</body></html>",
        b'{"a": 1',
        b'{"a": 1}{"b": 2}',
        b'{"a": 1} trailing',
        b"{'a': 1",
        b"{'a': 'b}",
        b"{'a': Test1}",
        b"{a: 1}",
        b'{"a": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"null and void",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"{'a':" * 100_000,
        b"9" * 100_000,
        # Each quote could start a string that never ends: trying each one would take hours.
        b"['" + b'\\"' * 1_000_000,
        b"['a', " + b'"\\' * 1_000_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_w2_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        lenient_json.parse(body)
