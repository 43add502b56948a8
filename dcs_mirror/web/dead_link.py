"""The page for students whose link cannot be opened, in English and Welsh. No I/O."""

import base64
import hashlib
from datetime import datetime
from html import escape
from typing import Literal, TypeAlias

from dcs_mirror.clock import UK
from dcs_mirror.web.contacts import Contact

Language: TypeAlias = Literal["en", "cy"]

_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}h1{font-size:1.6rem;line-height:1.3}a{color:#00468b}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#9ecbff}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
    ),
}

_WHY: dict[str, tuple[str, str]] = {
    "removed": (
        "The library has taken this text out of its collection.",
        "Mae'r llyfrgell wedi tynnu'r testun hwn o'i chasgliad.",
    ),
    "course": (
        "The course that this text belonged to is not open any more.",
        "Nid yw'r cwrs yr oedd y testun hwn yn perthyn iddo ar agor mwyach.",
    ),
    "archived": (
        "The library has put this text away for now.",
        "Mae'r llyfrgell wedi rhoi'r testun hwn o'r neilltu am y tro.",
    ),
    "deleted": ("The library has deleted this text.", "Mae'r llyfrgell wedi dileu'r testun hwn."),
    "pending": (
        "The library is checking whether this text may still be shown.",
        "Mae'r llyfrgell yn gwirio a ellir dangos y testun hwn o hyd.",
    ),
    "rejected": (
        "The library could not get this text.",
        "Nid oedd modd i'r llyfrgell gael y testun hwn.",
    ),
    "new-request": (
        "The library has been asked for this text and has not got it yet.",
        "Gofynnwyd i'r llyfrgell am y testun hwn, ac nid yw wedi ei gael eto.",
    ),
    "no-link": ("This text has no link yet.", "Nid oes dolen i'r testun hwn eto."),
    "ambiguous": (
        "Several universities have had a text with this number, and the link does not say which is meant.",
        "Mae sawl prifysgol wedi cael testun â'r rhif hwn, ac nid yw'r ddolen yn dweud pa un a olygir.",
    ),
    "away": (
        "The service is not available just now. Try again in a few minutes.",
        "Nid yw'r gwasanaeth ar gael ar hyn o bryd. Rhowch gynnig arall arni ymhen ychydig funudau.",
    ),
    "unknown": ("There is no such link.", "Nid oes dolen o'r fath."),
}
_HEADING = ("This link cannot be opened", "Ni ellir agor y ddolen hon")
_SINCE = ("It has been so since {}.", "Mae hi felly ers {}.")
_ASK = (
    "Ask your library, and give it the address of this page.",
    "Gofynnwch i'ch llyfrgell, a rhowch gyfeiriad y dudalen hon iddi.",
)
_OTHER = ("Cymraeg", "English")
_NOBODY = Contact()
_MONTHS = (
    "January,February,March,April,May,June,July,August,September,October,November,December",
    "Ionawr,Chwefror,Mawrth,Ebrill,Mai,Mehefin,Gorffennaf,Awst,Medi,Hydref,Tachwedd,Rhagfyr",
)


def preferred(accept_language: str | None, asked: str | None) -> Language:
    """Return the language of the page.

    Args:
        accept_language: the browser's Accept-Language header.
        asked: what the address asks for, which goes before it.
    """
    if asked in {"en", "cy"}:
        return "cy" if asked == "cy" else "en"
    for part in (accept_language or "")[:500].split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            continue
        language = name.strip().lower().partition("-")[0]
        if language in {"en", "cy"}:
            return "cy" if language == "cy" else "en"
    return "en"


def page(
    why: str, since: datetime | None, language: Language, contact: Contact = _NOBODY
) -> tuple[str, dict[str, str]]:
    """Return the page and its headers.

    Args:
        why: why the link cannot be opened, as in ``dcs.content_item``.
        since: since when, if that is known.
        language: of the page.
        contact: whom to ask.
    """
    at = 1 if language == "cy" else 0
    key = "course" if why.startswith("course-") else why
    reason = _WHY.get(key, _WHY["archived"])[at]
    told = [reason]
    if since is not None:
        told.append(_SINCE[at].format(_date(since, at)))
    if key != "away":
        told.append((contact.text_cy if at else contact.text) or _ASK[at])
    other: Language = "en" if language == "cy" else "cy"
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in told)
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_HEADING[at]}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{_HEADING[at]}</h1>{paragraphs}{_link(contact) if key != 'away' else ''}"
        f'<p><a href="?lang={other}" lang="{other}" hreflang="{other}">{_OTHER[at]}</a></p>'
        "</main></body></html>"
    )
    return text, {**_HEADERS, "Content-Language": language}


def _link(contact: Contact) -> str:
    if not contact.link:
        return ""
    return f'<p><a href="{escape(contact.link)}">{escape(contact.shown)}</a></p>'


def _date(instant: datetime, at: int) -> str:
    local = instant.astimezone(UK)
    return f"{local.day} {_MONTHS[at].split(',')[local.month - 1]} {local.year}"
