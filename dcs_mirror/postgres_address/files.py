"""libpq's files: services (``pg_service.conf``) and passwords (``.pgpass``)."""

import codecs
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(content: bytes) -> str:
    """Decode a text file as editors of any system save it: UTF-8, or UTF-16 with its mark, without the mark.

    Raises:
        ValueError: if it is neither.
    """
    try:
        text = content.decode("utf-16" if content.startswith(_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    if "\0" in text:
        raise ValueError("not UTF-8 text; if it is UTF-16, save it as UTF-8")
    return text


def service(name: str, environment: Mapping[str, str], *, called: str) -> dict[str, str]:
    """Return the parameters of a service, from the user's file or else the system's.

    Args:
        name: the service.
        environment: says where the files are: ``PGSERVICEFILE``, ``HOME`` and ``PGSYSCONFDIR``.
        called: what the user calls the parameter that names the service.

    Raises:
        ValueError: if there is no such service, or a file cannot be read.
    """
    given = environment.get("PGSERVICEFILE")
    files = [Path(given)] if given else []
    if not given and environment.get("HOME"):
        files.append(Path(environment["HOME"], ".pg_service.conf"))
    files.append(Path(environment.get("PGSYSCONFDIR") or "/etc/postgresql-common", "pg_service.conf"))
    for file in files:
        if not file.is_file():
            continue
        try:
            text = text_of(file.read_bytes())
        except (OSError, ValueError) as error:
            raise ValueError(f"{called}: {file} cannot be read: {_reason(error)}") from None
        found = _sections(text).get(name)
        if found is not None:
            if "service" in found:
                raise ValueError(f"{called}: {file} names another service within a service")
            return found
    raise ValueError(f"{called}: there is no such service in {' or '.join(map(str, files))}")


def password(file: Path, host: str, port: int, database: str, user: str, *, called: str | None) -> str | None:
    """Return the password for an account from a file like ``.pgpass``; None if it has none.

    Args:
        host: ``localhost`` for the usual socket.
        called: the parameter that names the file; None for the usual file, which need not exist.

    Raises:
        ValueError: if the file cannot be read, or others may read it.
    """
    if called is None and not file.is_file():
        return None
    try:
        is_open = sys.platform != "win32" and bool(file.stat().st_mode & 0o077)
        lines = text_of(file.read_bytes()).splitlines()
    except (OSError, ValueError) as error:
        raise ValueError(f"{called or file}: the file cannot be used: {_reason(error)}") from None
    if is_open and called is None and host == "localhost":
        return None  # as libpq does; a socket seldom needs a password
    if is_open:
        raise ValueError(f"{called or file}: others may read the file: chmod 600 it")
    for fields in map(_fields, lines):
        if len(fields) == 5 and all(
            pattern in {"*", value}
            for pattern, value in zip(fields, (host, str(port), database, user), strict=False)
        ):
            return fields[4]
    return None


def usual_password_file(environment: Mapping[str, str]) -> Path | None:
    """Return where the user's passwords are if nothing else is said."""
    if sys.platform == "win32":
        folder = environment.get("APPDATA")
        return Path(folder, "postgresql", "pgpass.conf") if folder else None
    folder = environment.get("HOME")
    return Path(folder, ".pgpass") if folder else None


def _fields(line: str) -> list[str]:
    """Split a line at colons; a backslash takes the next character as it is. The password is the rest."""
    if line.startswith("#"):
        return []
    parts = re.findall(r"(?:\\.|[^:\\])*(?::|$)", line)[:5]
    found = [re.sub(r"\\(.)", r"\1", part.removesuffix(":")) for part in parts[:4]]
    if len(found) == 4:
        rest = line[sum(len(part) for part in parts[:4]) :]
        found.append(re.sub(r"\\(.)", r"\1", rest))
    return found


def _sections(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in _lines(text):
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line[1:-1], {})
        elif "=" in line:
            name, _, value = line.partition("=")
            current.setdefault(name.strip(), value.strip())
    return found


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield stripped


def _reason(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
