"""Lenient JSON: bodies that are JSON or nearly JSON, decoded to plain values."""

import json
import re

import msgspec

# A string in double or single quotes, which the specification's samples use, or one that never ends. Without
# backtracking, so that a body full of quotes cannot take quadratic time.
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"?|\'((?:[^\'\\]++|\\.)*+)\'?', re.DOTALL)
_ESCAPE_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)


def parse(body: bytes) -> object:
    """Decode ``body``.

    Beyond plain JSON it accepts a byte-order mark, numbers and lone surrogates that strict parsers refuse,
    line breaks within strings, and single-quoted strings, as in the specification's samples.

    Raises:
        ValueError: if ``body`` is none of these.
    """
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return _parse_leniently(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _parse_leniently(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError:
        if not re.match(r"\s*[\[{]\s*'", text):
            raise
    return json.loads(_QUOTED.sub(_to_double_quotes, text), strict=False)


def _to_double_quotes(token: re.Match[str]) -> str:
    inner: str | None = token.group(1)
    if inner is None:
        return token.group(0)
    return '"' + _ESCAPE_OR_QUOTE.sub(_requote, inner) + '"'


def _requote(token: re.Match[str]) -> str:
    """Rewrite an escape or a double quote of a single-quoted string for a double-quoted one."""
    return {"\\'": "'", '"': '\\"'}.get(token.group(0), token.group(0))
