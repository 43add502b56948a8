"""Why a page is not shown: its errors, and the page that each of them gets instead."""

from collections.abc import Mapping

import structlog
from aiohttp import web

from dcs_mirror.errors import in_words
from dcs_mirror.web.dashboard import render
from dcs_mirror.web.dashboard.forms import Forgery
from dcs_mirror.web.identity import NotAuthenticated, TooOften
from dcs_mirror.web.problems import DATABASE_AWAY, TooLarge, TooSlow, WrongParameter, retry_after

log = structlog.get_logger()


class NotThere(Exception):
    """There is no such thing, or not for this person."""


class NotAllowed(Exception):
    """The person may look, and not do this; its text is the right that their account lacks."""


_TOLD: Mapping[type[Exception], tuple[int, str, str]] = {
    NotThere: (404, "There is no such page", "Nothing is there, or your account does not see it."),
    NotAllowed: (
        403,
        "Your account may not do this",
        "Ask who runs the mirror for an account that may: dcs-mirror accounts add NAME --may {}",
    ),
    Forgery: (
        403,
        "Nothing was changed",
        "The form did not come from this page as it is now. Go back, load the page again, and repeat it.",
    ),
    NotAuthenticated: (
        403,
        "You have no account here",
        "Ask who runs the mirror to add one: dcs-mirror accounts add NAME --proxied",
    ),
    TooOften: (429, "Too many requests", "Wait a few seconds, and try again."),
    WrongParameter: (400, "This address cannot be read", "{}"),
    TooLarge: (413, "Too much was sent", "Send it in parts."),
    TooSlow: (408, "The form did not come in time", "Send it again."),
}
"""The status, heading and text of the pages of errors."""


def told(error: Exception) -> tuple[int, str, str]:
    """Return the status, the heading and the text of an error's page."""
    if isinstance(error, DATABASE_AWAY):
        log.warning("a page could not be made", because=in_words(error))
        return 503, "The mirror's database does not answer", "Try again in a moment."
    found = _TOLD.get(type(error))
    if found is None:
        log.error("a page failed", exc_info=error)
        return 500, "This is an error of dcs-mirror", "Its log says more."
    status, title, why = found
    return status, title, why.format(error)


def error_page(error: Exception, **context: object) -> web.Response:
    """Return the page of an error.

    Args:
        error: why no other page is shown.
        context: what every page has to know: ``person``, ``path``, ``navigation`` and ``csrf``.
    """
    status, title, why = told(error)
    response = render.Page(
        "error.html", status=status, title=title, why=why, said=None, is_undone=False, **context
    )
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(retry_after(error.seconds))
    return response.fill()
