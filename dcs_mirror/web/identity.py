"""Who a request is from: the Basic credentials of an account, or a person whom a trusted proxy names."""

import ipaddress
import re
import time

from aiohttp import hdrs, web

from dcs_mirror.accounts import secrets
from dcs_mirror.listen_address import TrustedProxies
from dcs_mirror.web.access import Access, AccessChecks
from dcs_mirror.web.limits import Bucket, network_of
from dcs_mirror.web.record import Record

FAILURES_AT_ONCE = 50
FAILURES_A_SECOND = 1.0
"""How many requests without a valid secret an address may send at once, and how many a second then."""

_FORWARDED_FOR = hdrs.X_FORWARDED_FOR
_MOST_HOPS = 20
_HOP = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9.]+)(?::[0-9]+)?|([0-9A-Fa-f:.]+)", re.ASCII)
"""An address as a proxy names it, some with a port."""


class NotAuthenticated(Exception):
    """The request names no account, or not its secret. ``name`` is what it gave; None if nothing."""

    def __init__(self, name: str | None) -> None:
        super().__init__()
        self.name = name


class TooOften(Exception):
    """The client asked too often, or tried too many secrets; ``seconds`` says for how long it should wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Identity:
    """Finds out who asks.

    Args:
        checks: asks the database.
        trusted: the proxies that are believed.
        header: in which they name the person.
        record: is told of refusals.
        rate: how many requests a second an account may send from one address; 0 for no limit.
    """

    def __init__(
        self, checks: AccessChecks, trusted: TrustedProxies, header: str, record: Record, *, rate: float
    ) -> None:
        self._checks = checks
        self._trusted = trusted
        self._header = header
        self._record = record
        self._requests = Bucket(rate, rate)
        self._failures = Bucket(FAILURES_A_SECOND, FAILURES_AT_ONCE)

    async def of(
        self, request: web.BaseRequest, hei_id: int | None, *, within: float = 0.0
    ) -> tuple[str, Access]:
        """Return the account's name, and what the database says of it and of the institution.

        Args:
            request: the request.
            hei_id: the institution that it asks for; None for none.
            within: how many seconds ago the database may have said it; 0 for what it says now.

        Raises:
            NotAuthenticated: if the request names no account with its secret.
            TooOften: if the client should wait.
            DatabaseUnavailable: if the database does not answer.
        """
        try:
            name, digest = self._presented(request)
            access = self._checks.known(name, hei_id, within=within)
            if access is None:
                access = await self._checks.check(name, hei_id, within=within)
            access = _verified(name, digest, access)
        except NotAuthenticated as unknown:
            self._refuse(request, unknown)
            raise
        self.count(request, name)
        return name, access

    async def with_secret(self, request: web.BaseRequest, name: str, secret: str) -> Access:
        """Return what the database says of an account whose secret was given by other means than a header.

        Raises:
            NotAuthenticated, TooOften, DatabaseUnavailable: as :meth:`of`.
        """
        try:
            access = await self._checks.check(_storable(name), None)
            access = _verified(name, secrets.digest(secret), access)
        except NotAuthenticated as unknown:
            self._refuse(request, unknown)
            raise
        self.count(request, name)
        return access

    def count(self, request: web.BaseRequest, name: str) -> None:
        """Count a request of an account that is known by other means.

        Raises:
            TooOften: if the client should wait.
        """
        client = network_of(client_of(request, self._trusted))
        if seconds := self._requests.wait((name, client), time.monotonic()):
            raise TooOften(seconds)

    def _refuse(self, request: web.BaseRequest, unknown: NotAuthenticated) -> None:
        """Record a request without a valid secret.

        Raises:
            TooOften: if its address sent too many. Never if it has the right secret: many clients may have
                the address of one proxy.
        """
        address = self.client(request)
        self._record.refused(unknown.name, address)
        if seconds := self._failures.wait(network_of(address), time.monotonic()):
            raise TooOften(seconds) from None

    def _presented(self, request: web.BaseRequest) -> tuple[str, bytes | None]:
        """Return which account a request names, and the digest of its secret; None if a proxy names it.

        Raises:
            NotAuthenticated: if it names none.
        """
        authorization = request.headers.get(hdrs.AUTHORIZATION)
        if authorization is not None:
            given = secrets.presented(authorization)
            if given is None:
                raise NotAuthenticated(None)
            return given
        named = self.proxied(request)
        if named is None:
            raise NotAuthenticated(None)
        return named, None

    def client(self, request: web.BaseRequest) -> str | None:
        """Return the address of the client, as :func:`client_of` finds it."""
        return client_of(request, self._trusted)

    def proxied(self, request: web.BaseRequest) -> str | None:
        """Return whom a trusted proxy names; None if it names nobody, or several."""
        named = request.headers.getall(self._header, ())
        if len(named) != 1 or not self._trusted.trusts(peer(request)):
            return None
        name = named[0].strip()
        return name if name.isprintable() and name else None


def _storable(name: str) -> str:
    """Return a name that an account may have, as far as the database can be asked for it.

    Raises:
        NotAuthenticated: if PostgreSQL takes no such text.
    """
    if "\x00" in name:
        raise NotAuthenticated(None)
    return name


def _verified(name: str, digest: bytes | None, access: Access | None) -> Access:
    """Return what the database says of an account that is there, and named as it has to be.

    Args:
        name: the account's.
        digest: of the secret that was given; None if a trusted proxy names the account.
        access: what the database says of it.

    Raises:
        NotAuthenticated: if not.
    """
    stored = None if access is None else access.secret_digest
    is_right = stored is None if digest is None else secrets.is_digest_of(stored or b"", digest)
    if access is None or not is_right:
        raise NotAuthenticated(name)
    return access


def peer(request: web.BaseRequest) -> str | None:
    """Return the address of who is connected; None if that is by the socket's file."""
    found = request.protocol.peername
    return str(found[0]) if isinstance(found, tuple) else None


def client_of(request: web.BaseRequest, trusted: TrustedProxies) -> str | None:
    """Return the address of the client; None if it is connected by the socket's file and nobody names one.

    That is who is connected, or if they are a trusted proxy, the last of those that X-Forwarded-For names and
    that is none. What stands before it may be invented.
    """
    address = peer(request)
    if _FORWARDED_FOR not in request.headers:
        return address
    hops = ",".join(request.headers.getall(_FORWARDED_FOR, ())).rsplit(",", _MOST_HOPS)
    for hop in reversed(hops[-_MOST_HOPS:]):
        named = _address_in(hop)
        if named is None or not trusted.trusts(address):
            break
        address = named
    return address


def _address_in(hop: str) -> str | None:
    found = _HOP.fullmatch(hop.strip())
    if found is None:
        return None
    try:
        address = ipaddress.ip_address(found[1] or found[2] or found[3])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
