"""What is said of a value on the command line that is not of its option's kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from dcs_mirror.wrong_values import told, wanted


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Say what is wrong with a value in the words of a user, not in those of Typer's library.

    Raises:
        typer.BadParameter: with the value, and what it must be.
    """
    try:
        yield
    except typer.BadParameter as error:
        # Of Typer's releases, those that check with pydantic keep its error as the cause.
        found: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
        if found:
            number = wanted(found[0])
            error.message = f"{number}, not {found[0]['input']!r}" if number else told(found[0])
        raise
