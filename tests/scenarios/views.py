"""What the views show after a night, as texts, beside what a scenario expects.

All rows of a view are compared, in any order, by the columns that the scenario names.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from tests.scenarios.markdown import Block, Row, ScenarioError, line
from tests.scenarios.steps import Then

SCHEMA = Path(__file__).parents[2] / "docs" / "schema.md"
LONDON = ZoneInfo("Europe/London")
CURRENT_ID = "dcs.current_request_id()"
TARGETS = "registered columns"
ANY = "…"
"""Stands for any text within an expected cell."""

_NAMED = {"item_key": "item", "course_key": "course"}
"""Columns of keys, which scenarios write as names, and what is named."""

Namer = Callable[[str, int | None], str]
"""Gives the name of a key: of the ``item`` or ``course`` with this key."""


class Mismatch(AssertionError):
    """The mirror did something else than the scenario says; the text shows both, row by row."""


@cache
def columns_of(view: str) -> tuple[str, ...]:
    """The columns of a view as ``docs/schema.md`` lists them, which a test holds to the database."""
    if view == CURRENT_ID:
        return ("request_id", "hei_id", "current_request_id")
    if view == TARGETS:
        return ("table_name", "column_name", "hei_id", "hei_column", "rewritten", "error")
    page = SCHEMA.read_text(encoding="utf-8")
    part = page.partition(f"## `{view}`\n")[2].partition("\n## ")[0]
    return tuple(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


def check(view: str, block: Block) -> None:
    """Raises ScenarioError if there is no such view, or not every column is one of it."""
    known = columns_of(view)
    if not known:
        raise ScenarioError(f"{block.place}: there is no view {view}")
    unknown = [column for column in block.columns if column not in known]
    if unknown:
        raise ScenarioError(f"{block.place}: {view} has no column {', '.join(unknown)}; see docs/schema.md")
    if view == CURRENT_ID and not {"request_id", "current_request_id"} <= set(block.columns):
        raise ScenarioError(f"{block.place}: {view} needs the columns request_id and current_request_id")


async def compare(connection: Connection, then: Then, named: Namer) -> None:
    """Raises Mismatch if what is shown is not what is expected."""
    shown = [tuple(row) for row in await _shown(connection, then, named)]
    missing = []
    for expected in then.rows:
        found = next((row for row in shown if _agrees(tuple(expected.cells.values()), row)), None)
        if found is None:
            missing.append(expected)
        else:
            shown.remove(found)
    if missing or shown:
        raise Mismatch(_difference(then, missing, shown))


async def _shown(connection: Connection, then: Then, named: Namer) -> list[list[str]]:
    if then.source == TARGETS:
        rows = [[str_of(target[c]) for c in then.columns] for target in await targets.listed(connection)]
    elif then.source == CURRENT_ID:
        rows = [await _current(connection, row) for row in then.rows]
    else:
        source = f'public."{then.source}"' if then.is_table else then.source
        found = await connection.fetch(f"SELECT * FROM {source}")
        wanted = then.columns or columns_of(then.source)
        rows = [
            [
                named(_NAMED[column], row[column]) if column in _NAMED else str_of(row[column])
                for column in wanted
            ]
            for row in found
        ]
    return rows


async def _current(connection: Connection, row: Row) -> list[str]:
    """The row as it is shown: with what the function gives for the ids in it."""
    hei_id = row.cells.get("hei_id")
    current = await connection.fetchval(
        "SELECT dcs.current_request_id($1, $2)", int(row.cells["request_id"]), int(hei_id) if hei_id else None
    )
    return list((row.cells | {"current_request_id": str_of(current)}).values())


def str_of(value: object) -> str:
    """A value as scenarios write it: null as nothing, 02:00 UK time as the date alone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        local = value.astimezone(LONDON)
        return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (2, 0) else f"{local:%Y-%m-%d %H:%M}"
    return str(value)


def _agrees(expected: tuple[str, ...], shown: tuple[str, ...]) -> bool:
    return all(
        re.fullmatch(".*".join(map(re.escape, e.split(ANY))), s, re.DOTALL) is not None
        for e, s in zip(expected, shown, strict=True)
    )


def _difference(then: Then, missing: list[Row], unexpected: Iterable[tuple[str, ...]]) -> str:
    lines = [f"{then.place}: {then.source} shows something else"]
    lines += ["  " + line(then.columns or columns_of(then.source))]
    lines += [f"- {row}   ({row.place})" for row in missing]
    lines += [f"+ {line(cells)}" for cells in unexpected]
    return "\n".join([*lines, "(- expected and not shown, + shown and not expected)"])
