"""The dashboard's pages, as the service adds them."""

from aiohttp import web

from dcs_mirror import listen_address
from dcs_mirror.settings import Settings, is_this_machine
from dcs_mirror.web.dashboard.pages import PAGES
from dcs_mirror.web.dashboard.parts import Parts
from dcs_mirror.web.dashboard.refusals import NotThere, error_page
from dcs_mirror.web.dashboard.site import Site


def add(application: web.Application, parts: Parts, settings: Settings) -> None:
    """Add the dashboard to the service.

    Without any account it is open to the browsers of this machine, as long as the service listens to nothing
    else and no proxy is set up.

    Args:
        application: the service.
        parts: of it.
        settings: where it listens, and who is trusted.
    """
    place = listen_address.parse(settings.bind)
    is_local = not place.path and is_this_machine(place.host)
    is_open = is_local and not settings.trusted_proxies and not settings.hosts
    site = Site(application, parts, is_open=is_open)
    for page in PAGES:
        page.add(site)


def nothing_here(request: web.BaseRequest) -> web.Response | None:
    """Return the page for a path that leads nowhere; None if it is not a browser that asks."""
    # Programs in older Java ask for text/html by default, but only browsers for this.
    is_browser = "application/xhtml+xml" in request.headers.get("Accept", "")
    if request.method not in {"GET", "HEAD"} or not is_browser:
        return None
    return error_page(NotThere(), person=None, path=request.path, navigation=())
