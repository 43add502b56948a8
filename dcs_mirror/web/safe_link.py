"""Links of others that a browser may be led to. No I/O."""

from urllib.parse import urlsplit


def safe_link(url: str | None) -> str | None:
    """Return an address that a browser may be led to; None if it is no https:// address."""
    if url is None or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme == "https" and parts.hostname and "\\" not in url else None
