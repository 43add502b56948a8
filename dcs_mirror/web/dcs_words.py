"""What the DCS's paths share: its parameters, its envelope and its words for errors."""

import re
from collections.abc import Mapping

import msgspec
import structlog
from aiohttp import web

from dcs_mirror.database.retry import VICTIMS
from dcs_mirror.errors import in_words
from dcs_mirror.upstream.fields import INT4_MAX
from dcs_mirror.web.access import Access
from dcs_mirror.web.identity import NotAuthenticated, TooOften
from dcs_mirror.web.problems import BUSY, BUSY_SECONDS, DATABASE_AWAY, WrongParameter, pairs_of, retry_after

JSON = "application/json; charset=utf-8"
BASES = ("/v3", "/dcs-course-content-urls/v3")
"""Where its methods are; they and their parameters are taken in any case."""
BASE = f"(?:{'|'.join(base[1:] for base in BASES)})"

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_BASE = re.compile(rf"/{BASE}/", re.ASCII | re.IGNORECASE)

log = structlog.get_logger()


class Failure(Exception):
    """An error in the DCS's words: its code and message, and when to ask again, in seconds, if that helps."""

    def __init__(self, code: int, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


NOT_AUTHENTICATED = Failure(3, "Could not authenticate user")
NOT_SUBSCRIBED = Failure(5, "User not subscribed to HEI")
UNKNOWN = Failure(1, "Institution not found")
NO_COURSE = Failure(2, "Course not found")
UNAVAILABLE = Failure(4, "Internal server error: the mirror's database does not answer")
UNREAD = Failure(4, "Internal server error: the mirror has not read this from the DCS yet")
BROKEN = Failure(4, "Internal server error: an error of dcs-mirror; its log says more")


def is_of_dcs(path: str) -> bool:
    """Whether a path is under one of the DCS's."""
    return _BASE.match(path) is not None


def path_of(methods: Mapping[str, str]) -> str:
    """Return the pattern of the paths of methods, in any case: the specification spells one in two ways.

    Args:
        methods: their names in small letters, and as they are written.
    """
    # Only ASCII: else the long s would be an s here, and in no name of a method.
    return f"/{{base:(?ai:{BASE})}}/{{method:(?ai:{'|'.join(methods)})}}"


TOLD = (Failure, NotAuthenticated, TooOften, *VICTIMS, *DATABASE_AWAY)
"""The errors that :func:`in_dcs_words` has words for."""


def in_dcs_words(error: Exception) -> web.Response:
    """Return why there is no answer as the DCS, or the gateway before it, would say it.

    Args:
        error: one of ``TOLD``.
    """
    match error:
        case Failure():
            # Some are raised again and again, and Python keeps the frames of each time.
            return failed(error.with_traceback(None))
        case NotAuthenticated():
            return failed(NOT_AUTHENTICATED)
        case TooOften():
            seconds = retry_after(error.seconds)
            message = f"Rate limit is exceeded. Try again in {seconds} seconds."
            return of_gateway(429, message, headers={"Retry-After": str(seconds)})
    if isinstance(error, VICTIMS):
        log.warning("a request could not be answered", because=in_words(error))
        return failed(Failure(4, f"Internal server error: {BUSY}", retry_after=BUSY_SECONDS))
    log.warning("a request could not be answered", because=type(error).__name__)
    return failed(UNAVAILABLE)


def of_gateway(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an error as the gateway before the DCS says it."""
    return web.Response(
        status=status,
        body=msgspec.json.encode({"statusCode": status, "message": message}),
        headers={"Content-Type": JSON, "Cache-Control": "no-store", **(headers or {})},
    )


def failed(failure: Failure) -> web.Response:
    """Return an error in the DCS's envelope, which comes with HTTP 200 (W2), and must not be kept."""
    body = msgspec.json.encode(
        {"status": "error", "status-code": failure.code, "status-message": str(failure)}
    )
    headers = {"Content-Type": JSON, "Cache-Control": "no-store", "Vary": "Authorization"}
    if failure.retry_after is not None:
        headers["Retry-After"] = str(retry_after(failure.retry_after))
    return web.Response(body=body, headers=headers)


def parameters_of(query: str) -> Mapping[str, str]:
    """Return the parameters of a query by their names in small letters; the first of a repeated one counts.

    Raises:
        Failure: with code 6, if there are too many.
    """
    try:
        pairs = pairs_of(query)
    except WrongParameter:
        raise Failure(6, "Invalid Parameters") from None
    return {name.lower(): value for name, value in reversed(pairs)}


def integer(name: str, value: str) -> int:
    """Read an integer parameter.

    Raises:
        Failure: with code 6, if it is not one.
    """
    if _INTEGER.fullmatch(value) is None:
        raise Failure(6, f"Invalid Parameter: {name}")
    return int(value)


def int4(hei_id: int) -> int:
    """Return an id that the database takes; one that is too large or negative is no institution's."""
    return hei_id if 0 < hei_id <= INT4_MAX else 0


def check_scope(access: Access) -> None:
    """Check that the account sees the institution, and that the DCS lists it.

    Raises:
        Failure: with code 1 or 5, if not.
    """
    if not access.is_seen and access.sees_all:
        raise UNKNOWN
    if not access.is_seen or not access.is_subscribed:
        raise NOT_SUBSCRIBED
