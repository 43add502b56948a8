"""`dcs-mirror links`: which of a list of links a student can open."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import AsJson, OnlyHei, print_csv, print_json
from dcs_mirror.cli.tables import print_table
from dcs_mirror.plain_text import counted, one_line

if TYPE_CHECKING:
    from dcs_mirror.links.check import Link
    from dcs_mirror.links.file import LinkFile

app = App(no_args_is_help=True, help="Check the links to the DCS that another system holds.")

_SHOWN = 200
"""Characters of a link in the table. What is longer is no link to copy."""


@app.callback()
def _links() -> None:
    """Keep `check` a command of its own."""


@app.command()
def check(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="CSV, a workbook (.xlsx, .ods), or one link a line; - for standard input.",
        ),
    ],
    *,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The heading of the column of links. Default: the one that holds the most."
        ),
    ] = None,
    hei: OnlyHei = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the file as CSV, with the answer in further columns.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show which links a student can open, and else why not and since when.

    A link of the DCS may be behind a proxy, or within another link. A GUID, a
    request id of any year, HEI/request id, and the mirror's own links (/go/...)
    are understood, too. Nothing is sent to the DCS: the answer is that of the last
    sync.

    "why not" has the words of dcs.content_item, such as removed, archived or
    pending. It is unknown if the mirror has never seen the link. It is ambiguous
    if several institutions have had the request id; then give --hei. "since" is
    when the mirror saw the change. It is empty if the item was so already when the
    mirror first saw it.

    Exit code 0 if all can be opened, 1 if some cannot or are unknown.

    Examples: dcs-mirror links check reading-list.csv
    dcs-mirror links check moodle.csv --column URL --csv > checked.csv
    """
    from dcs_mirror.links import check as checking
    from dcs_mirror.links import file as reading

    if as_csv and json:
        raise typer.BadParameter("give --csv or --json, not both")
    listed = reading.read(*_content(file), column)
    links = listed.links
    typer.echo(one_line(f"read as {listed.read_as}"), err=True)
    found: list[Link] = with_mirror(
        lambda connection, _: checking.check(
            connection, [text for _, text in links], hei_id=hei, lines=[line for line, _ in links]
        ),
        hei=hei,
    )
    if json:
        print_json({"links": [asdict(link) for link in found]})
    elif as_csv:
        _print_csv(listed, found)
    else:
        _print_table(found)
    if not all(link.is_openable for link in found):
        raise typer.Exit(1)


def _content(file: str) -> tuple[str, bytes]:
    """Return the name and the content of a file.

    Raises:
        SettingsError: if it cannot be read.
    """
    from dcs_mirror.errors import SettingsError

    if file == "-":
        return "standard input", sys.stdin.buffer.read()
    try:
        return Path(file).name, Path(file).read_bytes()
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"{file!r} is not a file's name") from None


def _print_csv(listed: "LinkFile", found: "list[Link]") -> None:
    """Print all rows of the file with the answers behind them."""
    from dcs_mirror.links.table import with_answers

    heading, *rows = with_answers(listed, found)
    print_csv(heading, rows, encoding=listed.encoding, separator=listed.separator)


def _print_table(found: "list[Link]") -> None:
    """Print the links that cannot be opened, and the totals."""
    closed = [link for link in found if not link.is_openable]
    if closed:
        headings = {"line": "right", "HEI": "right", "request": "right", "why not": "left", "since": "left"}
        rows = [
            [
                str(link.line),
                str(link.hei_id or ""),
                str(link.request_id or ""),
                link.why_not or "",
                f"{link.since:%Y-%m-%d}" if link.since else "",
                _short(link.input),
            ]
            for link in closed
        ]
        print_table({**headings, "link": "left"}, rows)
    reasons = Counter(link.why_not or "openable" for link in found)
    totals = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    typer.echo(one_line(f"{counted(len(found), 'link')}: {totals}" if found else "no links"))


def _short(text: str) -> str:
    """Return a link, or the end of a longer text, which tells it from others."""
    return one_line(text.strip() if len(text) <= _SHOWN else f"...{text[3 - _SHOWN :]}")
