"""What is said of a value on the command line that is not of its option's kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

_KINDS = {"int": "whole number", "float": "number"}


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Say what is wrong with a value in the words of a user, not in those of Typer's library.

    Raises:
        typer.BadParameter: with the value, and what it should be.
    """
    try:
        yield
    except typer.BadParameter as error:
        # Of Typer's releases, those that check with pydantic keep its error as the cause.
        found: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
        if found:
            error.message = _said(found[0], error.message)
        raise


def _said(found: dict[str, Any], otherwise: str) -> str:
    kind, _, _ = found["type"].partition("_")
    limits = found.get("ctx", {})
    if kind in _KINDS:
        return f"{found['input']!r} is not a {_KINDS[kind]}"
    if "ge" in limits:
        return f"{found['input']} is less than {limits['ge']}"
    if "le" in limits:
        return f"{found['input']} is more than {limits['le']}"
    return otherwise.removeprefix("Value error, ")
