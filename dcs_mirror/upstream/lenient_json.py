"""Bodies to plain values: JSON, and what is nearly JSON."""

import json
import re

import msgspec

# The specification prints some answers with single quotes; a string in either kind of quotes is one token.
# One that does not end is a token, too, and nothing is gone back over: a body of quotes must not take hours.
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"?|\'((?:[^\'\\]++|\\.)*+)\'?', re.DOTALL)
_ESCAPE_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)


def parse(body: bytes) -> object:
    """The value that ``body`` holds.

    Beyond plain JSON it reads a byte-order mark, numbers and lone surrogates that strict readers
    refuse, line breaks inside a text, and objects quoted in single quotes as the specification
    prints them.

    Raises:
        ValueError: where ``body`` is none of these.
    """
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return _parse_leniently(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _parse_leniently(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError:
        if not re.match(r"\s*[\[{]\s*'", text):
            raise
    return json.loads(_QUOTED.sub(_double_quoted, text), strict=False)


def _double_quoted(token: re.Match[str]) -> str:
    inner: str | None = token.group(1)
    if inner is None:
        return token.group(0)
    return '"' + _ESCAPE_OR_QUOTE.sub(_requoted, inner) + '"'


def _requoted(found: re.Match[str]) -> str:
    """An escape or a quote from between single quotes, as it stands between double ones."""
    return {"\\'": "'", '"': '\\"'}.get(found.group(0), found.group(0))
