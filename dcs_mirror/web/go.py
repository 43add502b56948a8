"""Permanent links: to the item's link where students can open it, else to a page that says why not."""

import time

from aiohttp import web

from dcs_mirror.database.connections import Pool
from dcs_mirror.links import check
from dcs_mirror.listen_address import TrustedProxies
from dcs_mirror.web.contacts import Contact, Contacts, contact_of
from dcs_mirror.web.dead_link import Language, page, preferred
from dcs_mirror.web.identity import client_of
from dcs_mirror.web.limits import Bucket, network_of
from dcs_mirror.web.problems import DATABASE_AWAY, digits, too_often
from dcs_mirror.web.safe_link import safe_link

_LONGEST = 100


class PermanentLinks:
    """Answers ``/go/…``; needs no account, and shows no titles.

    Args:
        pool: connections that only read.
        contacts: whom students ask.
        trusted: the proxies that are believed whose request it is.
        rate: how many requests a second come from one address; 0 for no limit.
    """

    def __init__(self, pool: Pool, contacts: Contacts, trusted: TrustedProxies, *, rate: float) -> None:
        self._pool = pool
        self._trusted = trusted
        self._contacts = contacts
        self._requests = Bucket(rate, rate)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Lead to the link, or say why it cannot be opened."""
        client = network_of(client_of(request, self._trusted))
        if seconds := self._requests.wait(client, time.monotonic()):
            return too_often(seconds)
        language = preferred(request.headers.get("Accept-Language"), request.rel_url.query.get("lang"))
        asked = request.match_info["asked"]
        if len(asked) > _LONGEST:
            return _page(404, check.UNKNOWN, None, language, contact_of(self._contacts, None))
        try:
            async with self._pool.acquire() as connection:
                (found,) = await check.check(connection, [f"/go/{asked}"])
        except DATABASE_AWAY:
            return _page(503, "away", None, language, Contact())
        if found.is_openable and (target := safe_link(found.content_url)):
            return web.Response(status=302, headers={"Location": target, "Cache-Control": "no-cache"})
        why = found.why_not or "no-link"
        is_known = why not in {check.UNKNOWN, check.AMBIGUOUS}
        contact = contact_of(self._contacts, found.hei_id or _named(asked))
        return _page(410 if is_known else 404, why, found, language, contact)


def _named(asked: str) -> int | None:
    """Return the institution that a link names; None if it names none."""
    number, slash, _ = asked.partition("/")
    return digits(number, most=_LONGEST) if slash else None


def _page(
    status: int, why: str, found: check.Link | None, language: Language, contact: Contact
) -> web.Response:
    text, headers = page(why, None if found is None else found.since, language, contact)
    return web.Response(status=status, text=text, content_type="text/html", charset="utf-8", headers=headers)
