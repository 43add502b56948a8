"""The file that ``DCS_CONTACTS_FILE`` names: whom a student asks whose link cannot be opened."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dcs_mirror.errors import SettingsError
from dcs_mirror.postgres_address.files import text_of

ALL: Final = "all"
LONGEST_TEXT = 500
LONGEST_LINK = 500

_KEYS = {"institutions", "text", "text_cy", "link"}
_SETTING = "DCS_CONTACTS_FILE"
_LARGEST_FILE = 1_000_000
_MAIL = re.compile(r"[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask.

    Attributes:
        text: the sentence in English that says so; empty for the usual one.
        text_cy: the same in Welsh.
        link: an ``https://`` or ``mailto:`` address; empty if there is none.
    """

    text: str = ""
    text_cy: str = ""
    link: str = ""

    @property
    def shown(self) -> str:
        """The link as a reader sees it: the address of a mail, or of a page."""
        return self.link.removeprefix("mailto:").removeprefix("https://").rstrip("/")


Contacts = Mapping[int | None, Contact]
"""Contacts by institution; that of ``None`` is for all others, and for links of which nothing is known."""


def contact_of(contacts: Contacts, hei_id: int | None) -> Contact:
    """Return whom to ask about an institution's link; None for a link of which nothing is known."""
    return contacts.get(hei_id) or contacts.get(None) or Contact()


def load(path: Path | None) -> Contacts:
    """Read the file; without one there are no contacts.

    Raises:
        SettingsError: if it cannot be read or is invalid: one line that names the entry.
    """
    if path is None:
        return {}
    try:
        return contacts(tomllib.loads(_read(path)))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{_SETTING}: {path} is not valid TOML: {error}") from None
    except ValueError as error:
        raise SettingsError(f"{_SETTING}: {path}: {error}") from None


def contacts(found: Mapping[str, Any]) -> Contacts:
    """Return the contacts of a file's content.

    Raises:
        ValueError: names what is wrong.
    """
    if unknown := sorted(set(found) - {"contact"}):
        raise ValueError(f"unknown key {unknown[0]!r}: the file has [[contact]] entries only")
    entries = found.get("contact")
    if not isinstance(entries, list) or not entries:
        raise ValueError("has no [[contact]] entry")
    by_institution: dict[int | None, Contact] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            _add(by_institution, entry)
        except ValueError as error:
            raise ValueError(f"[[contact]] {number}: {error}") from None
    return by_institution


def _add(by_institution: dict[int | None, Contact], entry: Any) -> None:
    contact = _contact(entry)
    for hei_id in _institutions(entry):
        if hei_id in by_institution:
            raise ValueError(f"there is an entry for {hei_id or ALL!r} already")
        by_institution[hei_id] = contact


def _contact(entry: Any) -> Contact:
    if not isinstance(entry, dict):
        raise ValueError("must be a table: write [[contact]]")  # noqa: TRY004 - of the file, not of Python
    if unknown := sorted(set(entry) - _KEYS):
        raise ValueError(f"unknown key {unknown[0]!r}: there are {', '.join(sorted(_KEYS))}")
    found = Contact(_text(entry, "text"), _text(entry, "text_cy"), _link(entry))
    if found == Contact():
        raise ValueError("says nothing: give text, text_cy or link")
    return found


def _institutions(entry: Mapping[str, Any]) -> list[int | None]:
    found = entry.get("institutions")
    if found == ALL:
        return [None]
    is_list = isinstance(found, list) and found and all(type(hei_id) is int for hei_id in found)
    if not is_list or any(not 0 < hei_id < 2**31 for hei_id in found or ()):
        raise ValueError('institutions must be a list of numbers such as [108, 113], or "all"')
    return list(found or ())


def _text(entry: Mapping[str, Any], key: str) -> str:
    found = entry.get(key, "")
    # What is not printable could turn the direction of the text, or hide some of it.
    if not isinstance(found, str) or not found.isprintable() or len(found) > LONGEST_TEXT:
        raise ValueError(f"{key} must be a text of one line, of {LONGEST_TEXT} characters at most")
    return found.strip()


def _link(entry: Mapping[str, Any]) -> str:
    found = entry.get("link", "")
    if found == "":
        return ""
    if not isinstance(found, str) or len(found) > LONGEST_LINK or not _is_link(found):
        raise ValueError(
            "link must be an address such as https://library.example.ac.uk/help or "
            "mailto:reading-lists@example.ac.uk, without blanks"
        )
    return found


def _is_link(link: str) -> bool:
    """Whether a browser may be given a link: to a page over TLS, or to one address of mail."""
    if link.startswith("mailto:"):
        return _MAIL.fullmatch(link.removeprefix("mailto:")) is not None
    if not link.startswith("https://") or not link.isascii() or not link.isprintable() or " " in link:
        return False
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 - raises ValueError if it is none
    except ValueError:
        return False
    return bool(parts.hostname) and parts.username is None and not set('\\"<>') & set(link)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise SettingsError(f"{_SETTING}: {path} cannot be read: {error.strerror or 'unreadable'}") from None
    if len(content) > _LARGEST_FILE:
        raise SettingsError(f"{_SETTING}: {path} is larger than {_LARGEST_FILE:,} bytes")
    try:
        return text_of(content)
    except ValueError:
        raise SettingsError(f"{_SETTING}: {path} is not UTF-8 text") from None
