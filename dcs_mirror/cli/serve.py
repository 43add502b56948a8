"""`dcs-mirror serve`."""

from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from dcs_mirror import descriptors
from dcs_mirror.cli.program import prepare, run
from dcs_mirror.errors import Interrupted

if TYPE_CHECKING:
    from dcs_mirror.listen_address import ListenAddress

MOST_CLIENTS = 2000
"""How many connections of clients are expected at once."""


def serve() -> None:
    """Answer the DCS's reading methods from the mirror, over HTTP, and pass writes on.

    A program that asks the DCS changes one address, and gives the name and secret
    of an account (see `dcs-mirror accounts`). It gets the DCS's answers within
    milliseconds, also if the DCS is away. Request ids of any year are understood.

    If the header is Cache-Control: no-cache or max-age=SECONDS and the account may
    refresh, the mirror asks the DCS first. If the account may write, requests and
    courses that it submits or amends are sent to the DCS, as by the commands
    `dcs-mirror submit-request`, `submit-course` and `amend-course`.

    It listens at DCS_BIND, by default 127.0.0.1:8400. If DCS_API_USERNAME and
    DCS_API_PASSWORD are set, it asks the DCS itself. Otherwise workers ask, and it
    refuses writes.

    Ctrl-C or SIGTERM ends it, with exit code 0.

    Example: dcs-mirror serve
    """
    from dcs_mirror.web import service

    settings, url = prepare()
    descriptors.require(settings.concurrency + MOST_CLIENTS)

    def ready(place: "ListenAddress") -> None:
        typer.echo(f"serving at {place}", err=True)

    with suppress(Interrupted):  # to be told to stop is how it ends
        run(lambda: service.run(settings, url, ready))
