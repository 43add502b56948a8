"""Where settings come from: whether the ``.env`` file is to be trusted, and names that look mistyped."""

import difflib
import io
import logging
import os
import re
import stat
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from dcs_mirror.errors import SettingsError
from dcs_mirror.plain_text import escaped, first_few, shown_path
from dcs_mirror.postgres_address.files import text_of

if sys.platform != "win32":
    import grp
    import pwd

DOTENV = ".env"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_LIKENESS = 0.6
"""From which a name counts as near to another one; 1 if they are equal."""


def check_dotenv() -> None:
    """Refuse a ``.env`` in the working folder that this user may not read, or that others may write.

    Its lines decide where the credentials are sent, so those who can write it can have them. A folder of this
    name, such as a virtual environment, is no such file and is left alone.

    Raises:
        SettingsError: names the file and the command that mends it.
    """
    logging.getLogger("dotenv").setLevel(logging.ERROR)  # for pydantic-settings, which reads it, too
    try:
        link, file = Path(DOTENV).lstat(), Path(DOTENV).stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsError(f"{_place()} cannot be searched for {DOTENV}: {_said(error)}") from None
    if stat.S_ISDIR(file.st_mode):
        return
    path = shown_path(_place() / DOTENV)
    if not stat.S_ISREG(file.st_mode):
        raise SettingsError(f"{path} is not a regular file: remove it")
    if sys.platform != "win32":
        _check_owner(path, link, file)
    try:
        text_of(Path(DOTENV).read_bytes())  # UTF-16 without its mark would count as empty
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {_said(error)}; chown or chmod it") from None
    except ValueError:
        raise SettingsError(f"{DOTENV} is not UTF-8 text: save it as UTF-8") from None


def check_temporary_folder() -> None:
    """Refuse a ``TMPDIR`` in which nothing can be written: each program would take another folder, or none.

    Raises:
        SettingsError: names the folder and what to do.
    """
    given = os.environ.get("TMPDIR")
    if not given:
        return
    folder = escaped(given)
    try:
        is_folder = Path(given).is_dir()
    except (OSError, ValueError):
        is_folder = False
    if not is_folder:
        raise SettingsError(f"TMPDIR names a folder that is not there: {folder}: make it, or unset TMPDIR")
    if not os.access(given, os.W_OK | os.X_OK):
        raise SettingsError(f"TMPDIR names a folder that this user may not write: {folder}: unset TMPDIR")


def dotenv_values() -> dict[str, str | None]:
    """Return the variables of the ``.env`` file; none if there is no such file.

    Of lines that set nothing the library's own warnings are left out: :func:`doubtful` tells of them once.

    Raises:
        SettingsError: as :func:`check_dotenv`, or if it is not UTF-8 text.
    """
    import dotenv  # noqa: PLC0415 - a dependency of pydantic-settings

    check_dotenv()
    try:
        return dotenv.dotenv_values(DOTENV, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{DOTENV} is not UTF-8 text: save it as UTF-8") from None


def doubtful(known: Collection[str]) -> list[str]:
    """Return a sentence for each variable that looks like a setting and is not, or is quoted by mistake.

    There is one, too, about the lines of the ``.env`` file that set nothing, with their numbers.

    Args:
        known: the names of all settings, in capitals.

    Raises:
        SettingsError: as :func:`check_dotenv`.
    """
    prefixes = {name.partition("_")[0] for name in known}
    told = []
    for place, variables in (("the environment", os.environ), (DOTENV, dotenv_values())):
        for variable, value in sorted(variables.items()):
            name = variable.upper().replace("-", "_")
            if name in known and name == variable.upper():
                if value and value[0] in "'\"" and value[0] == value[-1] and len(value) > 1:
                    told.append(f"{variable} in {place} begins and ends with a quote, which is part of it")
            elif _looks_like_one(name, prefixes):
                near = _nearest(name, known)
                meant = f"did you mean {near}?" if near else "docs/operating.md lists all settings"
                told.append(f"{variable} in {place} is not a setting of dcs-mirror: {meant}")
    return told + _unusable_lines()


def _unusable_lines() -> list[str]:
    """Return a sentence about the lines of the ``.env`` file that set no variable; none if all of them do."""
    try:
        text = Path(DOTENV).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):  # told where the file is read
        return []
    from dotenv.parser import parse_stream  # noqa: PLC0415 - a dependency of pydantic-settings

    lines = [
        str(line.original.line + _empty_lines_before(line.original.string))
        for line in parse_stream(io.StringIO(text))
        if line.error or (line.key is not None and (line.value is None or not _NAME.fullmatch(line.key)))
    ]
    if not lines:
        return []
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {first_few(lines)}"
    return [f"{where} of {DOTENV} cannot be read: a line must be NAME=value, with quotes closed"]


def _empty_lines_before(text: str) -> int:
    """Return how many lines the white space before a variable ends, which the library counts to its own."""
    return text[: len(text) - len(text.lstrip())].count("\n")  # read_text makes all ends of lines this one


def _nearest(name: str, known: Collection[str]) -> str | None:
    """Return the setting that a name is nearest to by what follows the prefix; None if none is near."""
    first, _, rest = name.partition("_")
    by_rest = {
        setting.partition("_")[2]: setting
        for setting in known
        if sorted(setting.partition("_")[0]) == sorted(first)
    }
    near = difflib.get_close_matches(rest, by_rest, n=1, cutoff=_LIKENESS)
    return by_rest[near[0]] if near else None


def _looks_like_one(name: str, prefixes: Collection[str]) -> bool:
    """Return whether a name begins as the settings do, also if letters before the first ``_`` are swapped."""
    first, underscore, rest = name.partition("_")
    if name.startswith("DCS_TEST_"):  # of the project's own tests
        return False
    return bool(underscore and rest) and sorted(first) in [sorted(prefix) for prefix in prefixes]


def _check_owner(path: str, link: os.stat_result, file: os.stat_result) -> None:
    """Refuse a file that somebody else owns, or may write, or put there as a link.

    Args:
        path: the file as a shell reads it.
        link: what is known of it, or of the link that it is.
        file: what is known of the file that a link leads to.
    """
    user = os.geteuid()
    for found in (link, file):
        if found.st_uid not in (user, 0):
            itself = "-h " if stat.S_ISLNK(found.st_mode) else ""
            raise SettingsError(
                f"{path} belongs to user {_name(found.st_uid)}, who could have your credentials sent "
                f"anywhere. If its lines are right, run: chown {itself}{user} {path}"
            )
    if file.st_mode & stat.S_IWOTH or (file.st_mode & stat.S_IWGRP and not _is_own_group(file.st_gid)):
        raise SettingsError(
            f"{path} can be written by other users, who could have your credentials sent anywhere. "
            f"If its lines are right, run: chmod go-w {path}"
        )


def _is_own_group(gid: int) -> bool:
    """Return whether a group is the private one of this user, which many systems make with each user."""
    with suppress(KeyError):
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
        return group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}
    return False


def _name(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _place() -> Path:
    """Return the working folder, as far as it can be told."""
    with suppress(OSError):
        return Path.cwd()
    return Path()


def _said(error: OSError) -> str:
    return error.strerror or type(error).__name__
