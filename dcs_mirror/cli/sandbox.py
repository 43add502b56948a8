"""`dcs-mirror sandbox`: serve an emulated DCS until it is stopped."""

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from dcs_mirror.sandbox import RunningSandbox


def sandbox(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 chooses a free one.")
    ] = 8300,
    institutions: Annotated[int, typer.Option(min=0, help="How many institutions.")] = 5,
    courses: Annotated[int, typer.Option(min=0, help="Courses in each institution.")] = 50,
    items: Annotated[int, typer.Option(min=0, help="Content items in each course.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and sizes give the same data.")] = 1,
    books: Annotated[
        Path | None,
        typer.Option(
            help="A CSV file of real books for the items, with the columns isbn10, authors, year, "
            "original_title, title and language."
        ),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(help="A JSON file of faults to inject, and when; see docs/sandbox.md.")
    ] = None,
    latency: Annotated[float, typer.Option(min=0, help="Milliseconds to delay every answer.")] = 0.0,
    username: Annotated[str, typer.Option(help="The user name that calls must send.")] = "sandbox",
    password: Annotated[str, typer.Option(help="The password that calls must send.")] = "open-sesame",  # noqa: S107 - the sandbox protects nothing
    key: Annotated[
        str | None, typer.Option(help="The subscription key that calls must send; default: none is needed.")
    ] = None,
    spelling: Annotated[
        Literal["mixed", "spec", "sample"],
        typer.Option(
            help="How JSON keys are spelled: as in the specification's tables (spec), as in its samples "
            "(sample), or varying from course to course as in reality (mixed)."
        ),
    ] = "mixed",
    json: Annotated[
        bool, typer.Option("--json", help="When ready, print the URLs as one line of JSON.")
    ] = False,
) -> None:
    """Serve an emulated DCS, to try the mirror or test a client without credentials.

    Its data are invented, contain the defects of real data, and exist in memory
    only: they are gone when the sandbox ends (Ctrl-C). While it runs, the
    endpoints under /_sandbox/ change them: edits, the June rollover, the August
    recheck, and faults (as --faults does from the start).

    Paste the lines that it prints into another terminal, and run `dcs-mirror sync`
    there.

    Example: dcs-mirror sandbox --institutions 2 --courses 10
    """
    # Imported here because the server's libraries would slow down `dcs-mirror --help`.
    from dcs_mirror.sandbox import (
        BooksUnreadable,
        Credentials,
        ScriptUnreadable,
        Sizes,
        build_world,
        read_books,
        read_script,
        serve,
    )

    if ":" in username:
        raise typer.BadParameter("a user name cannot contain a colon", param_hint="--username")
    try:
        library = () if books is None else read_books(books)
    except BooksUnreadable as error:
        raise typer.BadParameter(str(error), param_hint="--books") from error
    try:
        script = () if faults is None else read_script(faults)
    except ScriptUnreadable as error:
        raise typer.BadParameter(str(error), param_hint="--faults") from error
    world = build_world(Sizes(institutions, courses, items), seed=seed, spelling=spelling, library=library)

    def ready(running: "RunningSandbox") -> None:
        announce = _announce_json if json else _announce
        announce(running, username, password, key)

    try:
        serve(
            world,
            ready=ready,
            host=host,
            port=port,
            credentials=Credentials(username, password),
            subscription_key=key,
            latency=latency / 1000,
            faults=script,
        )
    except OSError as error:
        # uvloop's own message repeats the address; a failed DNS look-up has no errno.
        code = error.errno or 0
        reason = os.strerror(code) if code > 0 else error.strerror
        remedy = "; --port names another one, and 0 any free one" if code == errno.EADDRINUSE else ""
        typer.echo(f"cannot listen on {host}:{port}: {reason}{remedy}", err=True)
        raise typer.Exit(4) from error


def _announce_json(running: "RunningSandbox", username: str, password: str, key: str | None) -> None:
    import msgspec

    line = {
        "base_url": running.base_url,
        "control_url": running.control_url,
        "username": username,
        "password": password,
        "subscription_key": key,
        "axcelerate_url": running.axcelerate_url,
    }
    typer.echo(msgspec.json.encode(line).decode())


def _announce(running: "RunningSandbox", username: str, password: str, key: str | None) -> None:
    from shlex import quote

    typer.echo(f"The sandbox answers at {running.base_url} (Ctrl-C ends it). To use it:\n")
    typer.echo(f"export DCS_API_URL={quote(running.base_url)}")
    typer.echo(f"export DCS_API_USERNAME={quote(username)}")
    typer.echo(f"export DCS_API_PASSWORD={quote(password)}")
    if key is not None:
        typer.echo(f"export DCS_API_SUBSCRIPTION_KEY={quote(key)}")
    typer.echo("\nA student record system (aXcelerate) answers beside it:\n")
    typer.echo(f"export AXCELERATE_URL={quote(running.axcelerate_url)}")
    typer.echo("export AXCELERATE_API_TOKEN=sandbox")
    typer.echo("export AXCELERATE_WS_TOKEN=sandbox")
    typer.echo(f"\nIt is changed through {running.control_url}/")
