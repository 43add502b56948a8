"""Templates, and the headers of pages. What is put into a template is text, never markup."""

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Self

import jinja2
from aiohttp import web
from markupsafe import Markup

from dcs_mirror.web.dashboard import wording
from dcs_mirror.web.safe_link import safe_link

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def _finished(value: object) -> object:
    """Make what a template prints inert: controls are replaced, and markup is escaped later."""
    if isinstance(value, Markup):
        return value
    return wording.plain(value) if isinstance(value, str) else "" if value is None else value


@cache
def environment() -> jinja2.Environment:
    """Return the templates."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        moment=wording.moment,
        date=wording.date,
        age=wording.age,
        number=wording.number,
        why_not=wording.why_not,
        wrapping=wording.wrapping,
        safe_link=safe_link,
    )
    found.globals["static"] = static_address
    return found


class Page(web.Response):
    """A page that is still to be written, which :meth:`fill` does: a long one takes a tenth of a second.

    Args:
        template: the name of a file in ``templates/``.
        status: the HTTP status.
        context: what the template names.
    """

    def __init__(self, template: str, *, status: int = 200, **context: object) -> None:
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            # With no-referrer a browser sends no origin with a form.
            "Referrer-Policy": "same-origin",
            "Content-Language": "en-GB",
        }
        super().__init__(status=status, content_type="text/html", charset="utf-8", headers=headers)
        self._template, self._context = template, {**context, "nonce": nonce}

    def fill(self) -> Self:
        """Write the page, in any thread, and return it."""
        self.text = environment().get_template(self._template).render(self._context)
        return self


@cache
def _static() -> dict[str, tuple[bytes, str, str]]:
    """The files that pages link to: bytes, type, and digest by name."""
    return {
        file.name: (
            file.read_bytes(),
            _TYPES[file.suffix],
            hashlib.sha256(file.read_bytes()).hexdigest()[:16],
        )
        for file in (_HERE / "static").iterdir()
        if file.suffix in _TYPES
    }


def static_address(name: str) -> str:
    """Return the address of a file in ``static/``; it changes with the file."""
    return f"/static/{name}?{_static()[name][2]}"


async def static(request: web.Request) -> web.Response:
    """Answer with a file of ``static/``."""
    found = _static().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    body, content_type, digest = found
    is_current = request.rel_url.raw_query_string == digest
    caching = "public, max-age=31536000, immutable" if is_current else "no-cache"
    return web.Response(
        body=body, content_type=content_type, charset="utf-8", headers={"Cache-Control": caching}
    )
