"""What goes in and out beside pages: forms, files, and the way to the sign-in form."""

from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from dcs_mirror.database.connections import Connection
from dcs_mirror.web.bodies import body_of
from dcs_mirror.web.common_headers import COMMON
from dcs_mirror.web.dashboard import tables
from dcs_mirror.web.dashboard.forms import Forgery
from dcs_mirror.web.dashboard.tables import Download
from dcs_mirror.web.problems import WrongParameter

LARGEST_FORM = 100_000
FORM_SECONDS = 10.0
# Planned as a page is. A long file is sorted as a whole before its first row is sent, one file at a time.
FILE_SETTINGS = (
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), "
    "set_config('statement_timeout', '60s', true), set_config('work_mem', '64MB', true)"
)


async def form_of(request: web.Request) -> dict[str, str]:
    """Return what a form holds.

    Raises:
        Forgery: if it is none.
        TooLarge, TooSlow: if it is too large, or does not come in time.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise Forgery
    try:
        body = await body_of(request, most=LARGEST_FORM, seconds=FORM_SECONDS)
    except WrongParameter:
        raise Forgery from None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError:
        raise Forgery from None
    return {name: value.replace("\x00", "") for name, value in pairs}


def to_sign_in(request: web.Request, *, changes: bool) -> web.Response:
    """Lead to the sign-in form, and from there back; a form has to be sent again, which the page says."""
    # A form is sent to an address below that of its page.
    here = request.rel_url.raw_path.rpartition("/")[0] or "/" if changes else request.rel_url.raw_path_qs
    wanted = {} if here == "/" else {"next": here, **({"said": "session-ended"} if changes else {})}
    address = "/sign-in" + (f"?{urlencode(wanted)}" if wanted else "")
    if "HX-Request" in request.headers:
        # A script's request follows a redirection by itself, and would show the form within the page.
        return web.Response(status=401, headers={"HX-Redirect": address, "Cache-Control": "no-store"})
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


async def sent(request: web.Request, connection: Connection, download: Download) -> web.StreamResponse:
    """Answer with the file of a table, as its rows are read.

    If not all can be read the connection breaks off, so that nobody takes a part for the whole.
    """
    response = web.StreamResponse(
        headers=COMMON
        | {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{download.table.name}.csv"',
            "Cache-Control": "no-store",
        }
    )
    pieces = tables.as_csv(connection, download)
    first = await anext(pieces)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except Exception:
        if request.transport is not None:
            request.transport.abort()
        raise
    return response
