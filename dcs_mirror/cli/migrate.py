"""`dcs-mirror migrate`."""

from typing import Annotated

import typer

from dcs_mirror.cli.program import prepare, run


def migrate(
    *,
    with_search: Annotated[
        bool | None,
        typer.Option(
            "--with-search/--without-search",
            help="Make or drop the index with which dcs.search_items finds words of titles. By default it "
            "stays as it is.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Create or upgrade the database schema, in one transaction.

    Uses the database that DCS_DATABASE_URL names, else the embedded server. Safe
    to repeat, and to run on several machines at once.

    dcs.search_items also works without its index, but slowly. The index is built
    after the upgrade, while syncs and readers go on. This takes about a minute for
    two million items. If it is interrupted, run this command again: it drops the
    unfinished index and builds a new one.

    Example: dcs-mirror migrate --with-search
    """
    from dcs_mirror.database.connections import address
    from dcs_mirror.schema import migrate as schema
    from dcs_mirror.schema import search

    settings, url = prepare(creates=True)
    upgraded = run(lambda: schema.migrate(url, settings.role_prefix))
    typer.echo(f"{'upgraded' if upgraded else 'already up to date'}: {address(url)}", err=True)
    index = run(lambda: search.arrange(url, wanted=with_search))
    if index is not None and index.is_ready:
        typer.echo(f"titles are searched by an index of {index.megabytes}", err=True)
    elif with_search is False:
        typer.echo("titles are searched without an index", err=True)
