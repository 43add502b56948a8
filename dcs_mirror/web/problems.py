"""Errors of all paths but the DCS's: problem details, as RFC 9457 has them."""

from http import HTTPStatus

import msgspec
from aiohttp import web

CONTENT_TYPE = "application/problem+json"


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
