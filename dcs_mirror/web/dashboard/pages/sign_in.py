"""Sign in with an account's name and secret, and out again."""

import secrets
import time

from aiohttp import web

from dcs_mirror.web.dashboard import forms
from dcs_mirror.web.dashboard.people import COOKIE, LONGEST_SECONDS, SECURE_COOKIE, cookie_of
from dcs_mirror.web.dashboard.site import Site, Visit
from dcs_mirror.web.identity import NotAuthenticated

VISIT = "dcs-visit"
"""The cookie that the form is bound to before there is a session."""
_REFUSED = "There is no account with this name and secret. Accounts that a proxy names have no secret."


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/sign-in", _show, is_public=True)
    site.post("/sign-in", _sign_in, is_public=True)
    site.post("/sign-out", _sign_out)


async def _show(visit: Visit) -> web.Response:
    if visit.person is not None:
        return visit.redirect(_target(visit.parameters.get("next")))
    return _form(visit, visit.parameters.get("next"))


def _form(visit: Visit, target: str | None, *, name: str = "", wrong: str | None = None) -> web.Response:
    # One for all tabs of a browser, or only the form that was opened last could be sent.
    token = visit.request.cookies.get(VISIT) or secrets.token_urlsafe(16)
    response = visit.page(
        "sign_in.html",
        title="Sign in",
        status=200 if wrong is None else 403,
        target=_target(target),
        token=visit.site.forms.token(f"visit {token}"),
        name=name,
        wrong=wrong,
    )
    response.set_cookie(VISIT, token, httponly=True, samesite="Strict", path="/sign-in", max_age=3600)
    return response


async def _sign_in(visit: Visit) -> web.Response:
    form, request = visit.form, visit.request
    visit.site.forms.check(form.get("token"), f"visit {request.cookies.get(VISIT)}")
    name = form.get("name", "").strip()
    try:
        access = await visit.parts.identity.with_secret(request, name, form.get("secret", "").strip())
    except NotAuthenticated:
        return _form(visit, form.get("next"), name=name[:200], wrong=_REFUSED)
    token = visit.site.sessions.begin(name, access.secret_digest or b"", time.monotonic())
    response = visit.redirect(_target(form.get("next")))
    is_secure = forms.is_secure(request.headers.get("Origin"))
    response.set_cookie(
        SECURE_COOKIE if is_secure else COOKIE,
        token,
        httponly=True,
        samesite="Strict",
        secure=is_secure,
        path="/",
        max_age=int(LONGEST_SECONDS),
    )
    return response


async def _sign_out(visit: Visit) -> web.Response:
    if token := cookie_of(visit.request):
        visit.site.sessions.end(token)
    response = visit.redirect("/sign-in", said="signed-out")
    response.del_cookie(COOKIE, path="/")
    response.del_cookie(SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response


def _target(wanted: str | None) -> str:
    """Return where to go after signing in: a page of ours, and nothing else that a link may name."""
    is_ours = wanted is not None and wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_ours and wanted is not None and wanted.isprintable() and wanted.isascii() else "/"
