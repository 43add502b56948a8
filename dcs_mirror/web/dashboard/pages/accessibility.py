"""The accessibility statement."""

from aiohttp import web

from dcs_mirror.web.dashboard.site import Site, Visit


def add(site: Site) -> None:
    """Add the page."""
    site.get("/accessibility", _show, is_public=True)


async def _show(visit: Visit) -> web.Response:
    return visit.page("accessibility.html", title="Accessibility")
