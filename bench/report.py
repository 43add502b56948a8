"""Shows a run: as a table on the terminal, as JSON, and as a table in docs/performance.md."""

from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Run

DOCS = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- the run begins -->", "<!-- the run ends -->"
"""The lines of docs/performance.md between which the latest run is written."""

_PIPED_WIDTH = 200
_HEADINGS = ("measure", "size", "times", "median", "from", "to", "goal", "")


def print_run(run: Run) -> None:
    """Print the table of a run on standard output."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading in {"times", "median", "from", "to"} else "left")
    for figure in run.figures:
        table.add_row(*_cells(figure))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console = Console(width=_PIPED_WIDTH, markup=False, highlight=False)
    console.print(table)


def write_json(run: Run, path: Path) -> None:
    """Write a run with all its values as a JSON document."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")


def write_docs(run: Run, path: Path = DOCS) -> None:
    """Replace the text between the two marks of a Markdown file.

    Raises:
        ValueError: if the file lacks the marks.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} does not hold the lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{markdown(run)}\n{END}{after}", encoding="utf-8")


def markdown(run: Run) -> str:
    """A run in Markdown: the machine in one paragraph, then the table."""
    machine, ahead = run.machine, run.ceiling / run.bare_fetch
    preamble = (
        f"Taken on {run.taken_at[:10]}: {machine.processor}, {machine.cores} cores, {machine.memory_gb} GB, "
        f"{machine.system}; Python {machine.python}, PostgreSQL {machine.postgresql}, "
        f"dcs-mirror {machine.dcs_mirror}. The upstream can answer "
        f"{ahead:.1f} times as many calls a second as the bare fetch makes."
    )
    rows = ["| " + " | ".join(_cells(figure)) + " |" for figure in run.figures]
    heading = "| " + " | ".join(_HEADINGS) + " |"
    return "\n".join([preamble, "", heading, "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |", *rows])


def _cells(figure: Figure) -> tuple[str, ...]:
    goal, met = "", ""
    if figure.goal is not None:
        goal = f"{figure.goal.bound} {_number(figure.goal.value, figure.unit)}"
        met = "met" if figure.goal.is_met_by(figure.median) else "missed"
    values = (figure.median, min(figure.values), max(figure.values))
    numbers = (_number(value, figure.unit) for value in values)
    return (figure.measure, figure.size, str(len(figure.values)), *numbers, goal, met)


def _number(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}".rstrip()
