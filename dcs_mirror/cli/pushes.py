"""What commands share that push the rows of a source: how a push is run, and what is printed of it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from dcs_mirror.cli.program import prepare, run_reported

if TYPE_CHECKING:
    from dcs_mirror.runtime import Runtime
    from dcs_mirror.writes.batch import BatchProgress, BatchReport

R = TypeVar("R", bound="BatchReport[Any]")

HeadingRow = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="The number of the row with the headings. Default: the first rows are searched.",
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The sheet of a workbook. Default: the first that is not hidden."),
]
HiddenRows = Annotated[bool, typer.Option("--hidden-rows", help="Take the hidden rows of a workbook, too.")]


def pushed(what: str, push: "Callable[[Runtime, BatchProgress, Callable[[R], None]], Awaitable[R]]") -> R:
    """Run a push and show its progress; if it is interrupted or fails, return its incomplete report.

    Args:
        what: what is pushed, for the display.
        push: does it; the function that it receives is called with its report before anything is sent.

    Raises:
        MirrorError: as ``push`` raises, or if it is interrupted, before anything was sent.
    """
    from dcs_mirror.cli.progress import writes_shown
    from dcs_mirror.runtime import open_runtime

    settings, url = prepare()

    async def opened(progress: "BatchProgress", begun: Callable[[R], None]) -> R:
        async with open_runtime(settings, url) as runtime:
            return await push(runtime, progress, begun)

    with writes_shown(what) as progress:
        return run_reported(
            lambda begun: opened(progress, begun),
            go_on="To send the others, run the same command again; `dcs-mirror calls --unknown` lists the "
            "calls whose outcome is unknown",
        )


def figures(report: "BatchReport[Any]") -> dict[str, object]:
    """Return what JSON tells of a push besides its rows."""
    return {
        "outcomes": outcomes(report),
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "error": None if report.error is None else str(report.error),
    }


def outcomes(report: "BatchReport[Any]") -> Counter[str]:
    """Return how many writes of a push had each outcome."""
    return Counter(each.outcome for each in report.sent)


def in_words(counts: Counter[Any]) -> str:
    """Return counts in words, such as ``3 taken, 1 refused``; the highest first."""
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def columns_used(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the columns in which a row has something."""
    return [name for name in columns if any(row.get(name) not in {None, ()} for row in rows)]


def one_cell(value: object) -> object:
    """Return a value as one cell has it: several with commas between."""
    return ", ".join(value) if isinstance(value, tuple) else value
