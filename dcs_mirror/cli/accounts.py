"""`dcs-mirror accounts`: who may use the service."""

from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_HEI_ID, AsJson, print_json
from dcs_mirror.plain_text import of_institutions, one_line

if TYPE_CHECKING:
    from dcs_mirror.accounts.book import NewSecret

app = App(no_args_is_help=True, help="Say who may use the service of `dcs-mirror serve`.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]


@app.command()
def add(
    name: Name,
    *,
    hei: Annotated[
        list[int] | None,
        typer.Option(
            metavar="ID",
            min=1,
            max=LARGEST_HEI_ID,
            help="An institution that the account sees; may be repeated. Without it: all.",
        ),
    ] = None,
    may: Annotated[
        str,
        typer.Option(
            metavar="RIGHTS",
            help="What it may do beyond reading: refresh, acknowledge, write, separated by commas.",
        ),
    ] = "",
    proxied: Annotated[
        bool,
        typer.Option(
            "--proxied", help="No secret: only a proxy of DCS_TRUSTED_PROXIES can name the account."
        ),
    ] = False,
    json: AsJson = False,
) -> None:
    """Add an account, and print its secret, which is shown only now.

    Clients send name and secret as Basic credentials. The mirror keeps only a
    digest of the secret.

    Example: dcs-mirror accounts add reading-lists --hei 108 --may refresh
    """
    from dcs_mirror.accounts import book

    rights = [right.strip() for right in may.split(",") if right.strip()]
    added = with_mirror(
        lambda connection, settings: book.add(
            connection, name, hei or [], rights, is_proxied=proxied, now=settings.clock().now()
        )
    )
    _tell(added, as_json=json)


@app.command("list")
def list_(*, json: AsJson = False) -> None:
    """Show the accounts, what they see and what they may do.

    Example: dcs-mirror accounts list
    """
    from dcs_mirror.accounts import book

    found = with_mirror(lambda connection, _: book.listed(connection))
    if json:
        print_json(
            {
                "accounts": [
                    {
                        "name": account.name,
                        "hei_ids": account.hei_ids,
                        "may": [right for right in book.RIGHTS if right in account.may],
                        "is_proxied": account.is_proxied,
                        "created_at": account.created_at,
                        "rotated_at": account.rotated_at,
                    }
                    for account in found
                ]
            }
        )
        return
    if not found:
        typer.echo("there is no account yet; see `dcs-mirror accounts add --help`")
    for account in found:
        rights = ", ".join(right for right in book.RIGHTS if right in account.may)
        also = f", may {rights}" if rights else ""
        by = ", named by a proxy" if account.is_proxied else ""
        typer.echo(f"{one_line(account.name)}: {_seen(account.hei_ids)}{also}{by}")


@app.command()
def rotate(name: Name, *, json: AsJson = False) -> None:
    """Give an account another secret, and print it. The old one is refused within a minute.

    Example: dcs-mirror accounts rotate reading-lists
    """
    from dcs_mirror.accounts import book

    rotated = with_mirror(
        lambda connection, settings: book.rotate(connection, name, now=settings.clock().now())
    )
    _tell(rotated, as_json=json)


@app.command()
def remove(name: Name) -> None:
    """Remove an account. It is refused within a minute.

    Example: dcs-mirror accounts remove reading-lists
    """
    from dcs_mirror.accounts import book

    with_mirror(lambda connection, settings: book.remove(connection, name, now=settings.clock().now()))
    typer.echo(f"account {one_line(name)} is removed", err=True)


def _tell(account: "NewSecret", *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"name": account.name, "secret": account.secret, "hei_ids": account.hei_ids, "may": account.may}
        )
        return
    if account.secret is not None:
        typer.echo(account.secret)
    shown = "its secret is shown only now" if account.secret else "a trusted proxy names it"
    typer.echo(f"account {one_line(account.name)} sees {_seen(account.hei_ids)}; {shown}", err=True)


def _seen(hei_ids: tuple[int, ...] | None) -> str:
    return "all institutions" if hei_ids is None else of_institutions(hei_ids)
