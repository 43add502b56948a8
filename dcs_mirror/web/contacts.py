"""The file that ``DCS_CONTACTS_FILE`` names: whom a student asks whose link cannot be opened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dcs_mirror import toml_entries

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
    return toml_entries.load(path, _SETTING, contacts, most=_LARGEST_FILE)


def contacts(found: Mapping[str, Any]) -> Contacts:
    """Return the contacts of a file's content.

    Raises:
        ValueError: names what is wrong.
    """
    by_institution: dict[int | None, Contact] = {}

    def take(_: int, entry: Mapping[str, Any]) -> None:
        contact = _contact(entry)
        for hei_id in _institutions(entry):
            if hei_id in by_institution:
                raise ValueError(f"there is an entry for {hei_id or ALL!r} already")
            by_institution[hei_id] = contact

    toml_entries.for_each(found, "contact", _KEYS, take)
    return by_institution


def _contact(entry: Mapping[str, Any]) -> Contact:
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
