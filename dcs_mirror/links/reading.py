"""What a text asks for: a DCS link, a GUID, a request id or a permanent link, however it is wrapped. No I/O.

Texts come from reading lists, proxies, mails and spreadsheets. They are read as data only, and the work for
one is bounded: a text longer than :data:`LONGEST` asks for nothing.
"""

import html
import re
from dataclasses import dataclass
from urllib.parse import unquote

from dcs_mirror.upstream.fields import INT4_MAX, INT8_MAX

LONGEST = 8192
"""Characters of a text, without what surrounds it."""
_LAYERS = 4
"""The text as it is, and what up to three layers of encoding hide."""
_MOST_LINKS = 16
"""How many links of one text are looked at."""

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}"
_IS_GUID = re.compile(_GUID, re.IGNORECASE)
# A number may come out of a spreadsheet with a decimal point.
_NUMBER = re.compile(r"([0-9]{1,30})(?:\.0{1,6})?")
_PAIR = re.compile(r"([0-9]{1,20})\s{0,3}/\s{0,3}([0-9]{1,30})")
_LINK = re.compile(r"/secure/link/?\?", re.IGNORECASE)
_ID = re.compile(rf"id\s?=\s?\{{?({_GUID})\}}?(?![0-9a-z_])", re.IGNORECASE)
_GO = re.compile(
    rf"/go/(?:([0-9]{{1,20}})/)?(?:\{{?({_GUID})\}}?|([0-9]{{1,30}}))(?![0-9a-z_/-])", re.IGNORECASE
)
_UNSEEN = re.compile("[\x00\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_AROUND = " \t\r\n\v\f\xa0\u2007\u202f\u3000'\"`\u2018\u2019\u201a\u201c\u201d\u201e\xab\xbb<>()[]{}.,;:!?*|"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a text asks for: an item by its GUID, in small letters, or by a request id of any year.

    ``hei_id`` is the institution if the text names one.
    """

    guid: str | None = None
    request_id: int | None = None
    hei_id: int | None = None


def asked_for(text: str) -> Asked | None:
    """Return what a text asks for; None if that is nothing, or several different things."""
    if len(text) > 4 * LONGEST:
        text = text.strip()
        if len(text) > LONGEST:
            return None
    text = _UNSEEN.sub("", text).strip(_AROUND)
    if not text or len(text) > LONGEST:
        return None
    for _ in range(_LAYERS):
        found = _bare(text.strip(_AROUND)) or _within(text)
        if found:
            return found.pop() if len(found) == 1 else None
        plain = unquote(html.unescape(text)).replace("\\/", "/")
        if plain == text:
            return None
        text = _UNSEEN.sub("", plain)
    return None


def _bare(text: str) -> set[Asked]:
    """Return what a text is as a whole: a GUID, a request id, or an institution and a request id."""
    if _IS_GUID.fullmatch(text):
        return {Asked(guid=_guid(text))}
    if number := _NUMBER.fullmatch(text):
        return _request(None, number[1])
    if pair := _PAIR.fullmatch(text):
        return _request(pair[1], pair[2])
    return set()


def _within(text: str) -> set[Asked]:
    """Return the links that a text holds: the DCS's, else the mirror's own."""
    found: set[Asked] = set()
    ends = [link.end() for _, link in zip(range(_MOST_LINKS), _LINK.finditer(text), strict=False)]
    for begins, ends_at in zip(ends, [*ends[1:], len(text)], strict=False):
        for parameter in re.split("[&;?#]", text[begins:ends_at]):
            if named := _ID.match(parameter):
                found.add(Asked(guid=_guid(named[1])))
                break
    if found or ends:
        return found
    for _, go in zip(range(_MOST_LINKS), _GO.finditer(text), strict=False):
        if go[2] is None:
            found |= _request(go[1], go[3])
        elif go[1] is None:
            found.add(Asked(guid=_guid(go[2])))
    return found


def _request(hei_id: str | None, request_id: str) -> set[Asked]:
    """Return a request id, if it and its institution are numbers that there can be."""
    asked = Asked(request_id=int(request_id), hei_id=None if hei_id is None else int(hei_id))
    is_possible = 0 < int(request_id) <= INT8_MAX and (asked.hei_id is None or 0 < asked.hei_id <= INT4_MAX)
    return {asked} if is_possible else set()


def _guid(text: str) -> str:
    """Return a GUID in small letters, with its hyphens."""
    plain = text.lower().replace("-", "")
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
