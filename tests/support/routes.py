"""The paths of the service, without what answers them."""

from inspect import signature
from typing import Any, cast

from aiohttp import web

from dcs_mirror.listen_address import TrustedProxies
from dcs_mirror.settings import Settings
from dcs_mirror.web import service


def application() -> web.Application:
    """The service's paths; nothing is asked of its parts."""
    absent = cast("Any", None)
    parts = len(signature(service._application).parameters) - 3
    pools = service.Pools(absent, absent)
    return service._application(Settings(), TrustedProxies.parse(""), pools, *[absent] * parts)


def is_page(route: web.AbstractRoute) -> bool:
    """Whether a route is of the dashboard, whose pages are for people."""
    return route.handler.__module__.startswith("dcs_mirror.web.dashboard")
