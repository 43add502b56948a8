"""Settings that are too long for a variable: a TOML file of entries of one kind, ``[[name]]``."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from dcs_mirror.errors import SettingsError
from dcs_mirror.postgres_address.files import text_of

T = TypeVar("T")


def load(
    path: Path,
    setting: str,
    read: Callable[[Mapping[str, Any]], T],
    *,
    most: int | None = None,
    check: Callable[[Path, int], None] | None = None,
) -> T:
    """Read a file.

    Args:
        path: the file.
        setting: the variable that names it.
        read: makes of what the file says what is returned; raises ValueError, which names what is wrong.
        most: how many bytes it may have; None for any number.
        check: is given the path and the mode before the file is opened.

    Raises:
        SettingsError: if it cannot be read, or is invalid: one line.
    """
    try:
        if check is not None:
            check(path, path.stat().st_mode)
        with path.open("rb") as file:
            content = file.read(-1 if most is None else most + 1)
    except OSError as error:
        raise SettingsError(f"{setting}: {path} cannot be read: {error.strerror or 'unreadable'}") from None
    if most is not None and len(content) > most:
        raise SettingsError(f"{setting}: {path} is larger than {most:,} bytes")
    try:
        text = text_of(content)
    except ValueError:
        raise SettingsError(f"{setting}: {path} is not UTF-8 text") from None
    try:
        return read(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:  # it names a line, not what is in it
        raise SettingsError(f"{setting}: {path} is not valid TOML: {error}") from None
    except ValueError as error:
        raise SettingsError(f"{setting}: {path}: {error}") from None


def for_each(
    found: Mapping[str, Any],
    name: str,
    keys: Collection[str],
    take: Callable[[int, Mapping[str, Any]], None],
) -> None:
    """Take each entry of a file.

    Args:
        found: what the file says.
        name: of its entries.
        keys: that an entry may have.
        take: is given the number of an entry, from 1, and the entry; raises ValueError, which names what is
            wrong with it.

    Raises:
        ValueError: names the entry and what is wrong.
    """
    if unknown := sorted(set(found) - {name}):
        raise ValueError(f"unknown key {unknown[0]!r}: the file has [[{name}]] entries only")
    entries = found.get(name)
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"has no [[{name}]] entry")
    for number, entry in enumerate(entries, start=1):
        try:
            if not isinstance(entry, dict):
                raise ValueError(f"must be a table: write [[{name}]]")  # noqa: TRY004, TRY301 - of the file
            if unknown := sorted(set(entry) - set(keys)):
                raise ValueError(f"unknown key {unknown[0]!r}: there are {', '.join(sorted(keys))}")  # noqa: TRY301
            take(number, entry)
        except ValueError as error:
            raise ValueError(f"[[{name}]] {number}: {error}") from None
