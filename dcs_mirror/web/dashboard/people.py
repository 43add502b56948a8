"""Who looks at the dashboard, and the sessions of those who signed in by its form."""

import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.web.hosts import host_of, is_address
from dcs_mirror.web.identity import Identity, peer

IDLE_SECONDS = 3600.0
"""After how long without a request a session ends."""
LONGEST_SECONDS = 8 * 3600.0
"""After how long a session ends in any case."""
MOST_SESSIONS = 10_000

COOKIE, SECURE_COOKIE = "dcs-session", "__Host-dcs-session"
"""The session's cookie; the second one over https, which a browser takes from this host alone."""

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
STATEMENTS = sql.by_name(Path(__file__).parent / "sql" / "people")


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks.

    Attributes:
        name: the account's; None on a machine of one person, without any account.
        hei_ids: the institutions that they see; None for all.
        may: what they may do beyond reading, as ``accounts add --may`` says.
        bound_to: what their forms are bound to: a session, or the account that a proxy or a program names.
        is_signed_in: whether they came by the form, and so can sign out.
    """

    name: str | None
    hei_ids: tuple[int, ...] | None
    may: frozenset[str]
    bound_to: str
    is_signed_in: bool = False


@dataclass(slots=True)
class _Session:
    name: str
    secret_digest: bytes
    began: float
    used: float


class Sessions:
    """Who signed in. They are in this process's memory: after a restart people sign in again."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self, name: str, secret_digest: bytes, now: float) -> str:
        """Begin a session; return what its cookie holds.

        Args:
            name: the account's.
            secret_digest: of the secret that was given: with another one the session ends.
            now: in seconds, of a clock that does not jump.
        """
        token = secrets.token_urlsafe(32)
        self._known[_key(token)] = _Session(name, secret_digest, now, now)
        if len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return token

    def find(self, token: str, now: float) -> tuple[str, bytes] | None:
        """Return the account's name and the digest of its secret; None if there is no such session."""
        found = self._known.get(_key(token))
        if found is None:
            return None
        if now - found.used > IDLE_SECONDS or now - found.began > LONGEST_SECONDS:
            self.end(token)
            return None
        found.used = now
        self._known.move_to_end(_key(token))
        return found.name, found.secret_digest

    def end(self, token: str) -> None:
        """End a session, if there is one."""
        self._known.pop(_key(token), None)


class People:
    """Finds out who looks.

    Args:
        identity: knows accounts and trusted proxies.
        sessions: those who signed in.
        is_open: whether the service answers this machine alone, without a proxy: then a person without any
            account may look.
    """

    def __init__(self, identity: Identity, sessions: Sessions, *, is_open: bool) -> None:
        self._identity = identity
        self._sessions = sessions
        self._is_open = is_open

    async def of(self, request: web.Request, connection: Connection, now: float) -> Person | None:
        """Return who looks; None if they have to sign in first.

        Raises:
            NotAuthenticated: if a program or a proxy names no account, or not its secret.
            TooOften: if the client should wait.
        """
        if "Authorization" in request.headers or self._identity.proxied(request) is not None:
            name, _ = await self._identity.of(request, None)
            row = await connection.fetchrow(*STATEMENTS["person"].bind({"name": name}))
            return None if row is None else _person(name, row, f"account {name}", is_signed_in=False)
        if (token := cookie_of(request)) and (found := self._sessions.find(token, now)):
            name, digest = found
            row = await connection.fetchrow(*STATEMENTS["person"].bind({"name": name}))
            if row is not None and hmac.compare_digest(row["secret_digest"] or b"", digest):
                self._identity.count(request, name)
                return _person(name, row, f"session {token}", is_signed_in=True)
            self._sessions.end(token)
        if self._is_open and _is_here(request) and not await connection.fetchval(*STATEMENTS["any"].bind({})):
            return Person(None, None, frozenset(), "this machine")
        return None


def cookie_of(request: web.Request) -> str | None:
    """Return what the session's cookie holds; None if there is none."""
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _person(name: str, row: object, bound_to: str, *, is_signed_in: bool) -> Person:
    hei_ids, may = row["hei_ids"], row["may"]  # type: ignore[index] # a record
    return Person(
        name, None if hei_ids is None else tuple(hei_ids), frozenset(may), bound_to, is_signed_in=is_signed_in
    )


def _is_here(request: web.Request) -> bool:
    """Whether a browser of this machine asks, and no proxy on it that serves others."""
    address = peer(request)
    host = host_of(request.headers.get("Host"))
    return (
        address is not None
        and ipaddress.ip_address(address).is_loopback
        and host is not None
        and is_address(host)
        and not any(name in request.headers for name in _FORWARDED)
    )
