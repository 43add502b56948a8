"""Scenario files as Markdown: headings, captions and tables, and nothing that is not one of these.

This module knows nothing of what a table means; see ``model``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_HEADING = "### "
_TITLE = re.compile(r"(?P<rules>[RSC]\d+(?:, [RSC]\d+)*): \S.*")
_SEPARATOR = re.compile(r"\|(?: *:?-+:? *\|)+")


class ScenarioError(Exception):
    """A scenario that cannot be read or run as it is written; names the file and the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column, all of them texts, and its place in the file."""

    place: str
    cells: dict[str, str]

    def __str__(self) -> str:
        return line(self.cells.values())

    @property
    def header(self) -> str:
        """The names of the columns, as a line to show above the row."""
        return "  " + line(self.cells)


@dataclass(frozen=True, slots=True)
class Block:
    """A caption, and the table that stands below it; no table if the caption ends with a full stop."""

    place: str
    caption: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(slots=True)
class Section:
    """One scenario: its heading, the rules that the heading begins with, its sentence and its blocks."""

    file: str
    place: str
    title: str
    rules: tuple[str, ...]
    sentence: str = ""
    blocks: list[Block] = field(default_factory=list)


def line(cells: Iterable[str]) -> str:
    """Cells as one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def sections(path: Path) -> list[Section]:
    """The scenarios of a file, in its order; what stands above the first is an introduction.

    Raises:
        ScenarioError: if a line is out of place, or the file has no scenario.
    """
    return parse(path.read_text(encoding="utf-8"), file=path.name)


def parse(text: str, *, file: str) -> list[Section]:
    """As ``sections``, of a file's text."""
    found: list[Section] = []
    for number, lines in _paragraphs(text):
        place = f"{file}:{number}"
        if lines[0].startswith(_HEADING):
            found.append(_section(file, place, lines))
        elif found:
            _add(found[-1], place, lines)
        elif lines[0].startswith("|"):
            raise ScenarioError(f"{place}: a table stands above the first scenario")
    if not found:
        raise ScenarioError(f"{file}: there is no scenario in it")
    for section in found:
        if not section.blocks:
            raise ScenarioError(f"{section.place}: the scenario has no table")
        if _lacks_table(section.blocks[-1]):
            raise ScenarioError(f"{section.blocks[-1].place}: {section.blocks[-1].caption!r} needs a table")
    return found


def _lacks_table(block: Block) -> bool:
    return block.caption.endswith(":") and not block.columns


def _paragraphs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that no blank line parts, with the number of the first."""
    lines: list[str] = []
    for number, text_line in enumerate([*text.splitlines(), ""], start=1):
        if text_line.strip():
            lines.append(text_line.strip())
        elif lines:
            yield number - len(lines), lines
            lines = []


def _section(file: str, place: str, lines: list[str]) -> Section:
    title = lines[0].removeprefix(_HEADING)
    match = _TITLE.fullmatch(title)
    if match is None or len(lines) > 1:
        raise ScenarioError(f"{place}: a scenario's heading is one line like '{_HEADING}R1, R2: what holds'")
    if not title.isascii():
        raise ScenarioError(f"{place}: a scenario's heading is the name of a test, so keep it to ASCII")
    return Section(file, place, title, tuple(match["rules"].split(", ")))


def _add(section: Section, place: str, lines: list[str]) -> None:
    """Adds a paragraph to a section: its sentence, a caption, or the table of the last caption."""
    last = section.blocks[-1] if section.blocks else None
    if lines[0].startswith("|"):
        if last is None or not _lacks_table(last):
            raise ScenarioError(f"{place}: a table needs a caption above it")
        section.blocks[-1] = Block(last.place, last.caption, *_table(place, lines))
    elif last is not None and _lacks_table(last):
        raise ScenarioError(f"{last.place}: {last.caption!r} needs a table below it")
    elif lines[0].startswith("#"):
        raise ScenarioError(f"{place}: only headings of the third level may follow a scenario")
    elif not section.sentence:
        section.sentence = " ".join(lines)
        if not section.sentence.endswith("."):
            raise ScenarioError(f"{place}: say below the heading what holds, in a sentence with a full stop")
    else:
        section.blocks.append(Block(place, " ".join(lines)))


def _table(place: str, lines: list[str]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    file, _, number = place.rpartition(":")
    columns = _cells(place, lines[0])
    if len(set(columns)) < len(columns) or "" in columns:
        raise ScenarioError(f"{place}: every column needs a name of its own")
    if len(lines) < 2 or not _SEPARATOR.fullmatch(lines[1]) or lines[1].count("|") != len(columns) + 1:
        raise ScenarioError(f"{place}: the row of dashes below the names does not fit them")
    if len(lines) < 3:
        raise ScenarioError(f"{place}: the table is empty")
    rows = []
    for offset, text in enumerate(lines[2:], start=2):
        row_place = f"{file}:{int(number) + offset}"
        cells = _cells(row_place, text)
        if len(cells) != len(columns):
            raise ScenarioError(f"{row_place}: {len(cells)} cells, but {len(columns)} columns")
        rows.append(Row(row_place, dict(zip(columns, cells, strict=True))))
    return tuple(columns), tuple(rows)


def _cells(place: str, text: str) -> list[str]:
    if len(text) < 2 or text[0] != "|" or text[-1] != "|":
        raise ScenarioError(f"{place}: a row of a table begins and ends with '|'")
    return [cell.strip() for cell in text[1:-1].split("|")]
