"""The headers that every answer of the service has, unless it has another value of its own. No I/O."""

from aiohttp import hdrs
from multidict import CIMultiDict

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "dcs-mirror",
}


def add_common(headers: CIMultiDict[str]) -> None:
    """Add those that an answer does not have yet; one that names the server was made with all of them."""
    if hdrs.SERVER not in headers:
        for name, value in COMMON.items():
            headers.setdefault(name, value)
