"""Errors of all paths but the DCS's, as RFC 9457 has them, and what is wrong with parameters."""

import math
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qsl

import asyncpg
import msgspec
from aiohttp import web

from dcs_mirror.database import connections
from dcs_mirror.errors import MirrorError

DATABASE_AWAY = (*connections.UNREACHABLE, asyncpg.QueryCanceledError, TimeoutError, MirrorError)
"""The errors that say that the mirror's database does not answer, or not in time."""

BUSY = "too many change the same at once: nothing was done, ask again"
BUSY_SECONDS = 5.0

CONTENT_TYPE = "application/problem+json"
NOT_THERE = "there is nothing at this path"
_MOST_PARAMETERS = 50


class Refusal(Exception):
    """A request that the service does not answer because of what it is; says what is wrong."""

    status: ClassVar[int]

    @property
    def headers(self) -> dict[str, str]:
        """Further headers of the answer."""
        return {}


class WrongParameter(Refusal):
    """A parameter that the path does not take, or not so."""

    status = 400


class TooLarge(Refusal):
    """The body of a request is larger than the path takes."""

    status = 413


class TooSlow(Refusal):
    """The body of a request did not come in time."""

    status = 408

    @property
    def headers(self) -> dict[str, str]:
        """The connection cannot be used any more."""
        return {"Connection": "close"}


class Unsupported(Refusal):
    """The body of a request is of a type that the path does not take."""

    status = 415

    def __init__(self, takes: Sequence[str]) -> None:
        super().__init__(f"this path takes {', '.join(takes)}: say which in Content-Type")
        self._takes = takes

    @property
    def headers(self) -> dict[str, str]:
        """The types that it takes."""
        return {"Accept-Post": ", ".join(self._takes)}


class UnknownEncoding(Refusal):
    """The body of a request is packed in a way that the service does not know."""

    status = 415

    def __init__(self, takes: Sequence[str]) -> None:
        super().__init__(f"Content-Encoding may be {', '.join(takes)}, or left out")
        self._takes = takes

    @property
    def headers(self) -> dict[str, str]:
        """The encodings that it takes."""
        return {"Accept-Encoding": ", ".join(self._takes)}


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None) -> web.Response:
    """Return an error.

    Args:
        status: the HTTP status.
        detail: what is wrong, and what to do.
        headers: further headers.
    """
    body = msgspec.json.encode(
        {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    )
    return web.Response(
        status=status,
        body=body,
        headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **(headers or {})},
    )


def not_authenticated() -> web.Response:
    """Return what a client gets that names no account with its secret."""
    challenge = {"WWW-Authenticate": 'Basic realm="dcs-mirror", charset="UTF-8"'}
    return problem(401, "give the name and the secret of an account", headers=challenge)


def too_often(seconds: float) -> web.Response:
    """Return what a client gets that should wait so long."""
    whole = retry_after(seconds)
    return problem(429, f"too many requests: wait {whole} s", headers={"Retry-After": str(whole)})


def retry_after(seconds: float) -> int:
    """Return what a Retry-After header says for a wait of so many seconds."""
    return max(1, math.ceil(seconds))


def unavailable() -> web.Response:
    """Return what a client gets while the database is away."""
    return problem(503, "the mirror's database does not answer", headers={"Retry-After": "5"})


def busy() -> web.Response:
    """Return what a client gets that others were in the way of, again and again."""
    return problem(503, BUSY, headers={"Retry-After": f"{BUSY_SECONDS:g}"})


def query_of(request: web.BaseRequest) -> list[tuple[str, str]]:
    """Return the parameters of a request's query, as they stand there.

    Raises:
        WrongParameter: as :func:`pairs_of`.
    """
    return pairs_of(request.rel_url.raw_query_string)


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query, as they stand there.

    Raises:
        WrongParameter: if they are too many, or not UTF-8.
    """
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one, too
        raise WrongParameter("the query is not UTF-8, or has too many parameters") from None


def parameters_of(request: web.BaseRequest, *, known: Collection[str]) -> dict[str, str]:
    """Return the parameters of a query.

    Raises:
        WrongParameter: if one is not ``known``, stands there twice, or is not UTF-8.
    """
    pairs = query_of(request)
    names = [name for name, _ in pairs]
    if unknown := [name for name in names if name not in known]:
        raise WrongParameter(
            f"unknown parameter {unknown[0][:100]!r}: this path takes {', '.join(sorted(known))}"
        )
    if len(names) != len(set(names)):
        raise WrongParameter("a parameter is given twice")
    return dict(pairs)


def digits(text: str | None, *, most: int = 18) -> int | None:
    """Return a number that is written in at most so many ASCII digits; None if it is not."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= most else None


def whole_number(parameters: Mapping[str, str], name: str, *, least: int, most: int) -> int | None:
    """Return a parameter that is a whole number; None if it is not given.

    Raises:
        WrongParameter: if it is none, or out of bounds.
    """
    text = parameters.get(name)
    if text is None:
        return None
    number = digits(text, most=19)
    if number is None or not least <= number <= most:
        raise WrongParameter(f"{name} must be a whole number from {least} to {most}")
    return number
