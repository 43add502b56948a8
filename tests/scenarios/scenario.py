"""Scenarios as what they mean: their steps in the order in which they stand in the file.

``README.md`` in this folder explains every caption. What is not explained there is an error here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.scenarios import markdown, views
from tests.scenarios.markdown import Block, ScenarioError, Section
from tests.scenarios.nights import nights
from tests.scenarios.steps import Given, Night, Step, Then

FOLDER = Path(__file__).parent
FILES = ("identity.md", "rollover.md", "recheck.md", "completeness.md")

_GIVEN = re.compile(
    r"Given the table `(?P<table>[a-z_]+)` with request ids in `(?P<column>[a-z_]+)`"
    r"(?: and institutions in `(?P<hei_column>[a-z_]+)`)?(?P<is_unique>, each at most once)?:"
)
_MORE = re.compile(r"Given later in the table `(?P<table>[a-z_]+)`:")
_VIEW = re.compile(r"Then `(?P<view>dcs\.[a-z_]+(?:\(\))?)` shows(?P<nothing> nothing\.|:)")
_TABLE = re.compile(r"Then the table `(?P<table>[a-z_]+)` shows:")
_TARGETS = "Then the registered columns show:"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, and the rules that it holds."""

    file: str
    place: str
    title: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]


def scenarios() -> list[Scenario]:
    """All scenarios of this folder.

    Raises:
        ScenarioError: for the first thing that is not understood, or a title that stands twice.
    """
    found = [scenario(section) for file in FILES for section in markdown.sections(FOLDER / file)]
    places: dict[str, str] = {}
    for one in found:
        other = places.setdefault(one.title.casefold(), one.place)
        if other != one.place:
            raise ScenarioError(f"{one.place}: {other} has the same title")
    return found


def scenario(section: Section) -> Scenario:
    """What a section of a file means.

    Raises:
        ScenarioError: for the first thing that is not understood, or if nothing happens or is expected.
    """
    steps = [step for block in section.blocks for step in _steps(block)]
    all_nights = [step for step in steps if isinstance(step, Night)]
    if not all_nights:
        raise ScenarioError(f"{section.place}: nothing happens in the scenario")
    if not any(isinstance(step, Then) or (isinstance(step, Night) and step.expects) for step in steps):
        raise ScenarioError(f"{section.place}: nothing is expected in the scenario")
    _check_order(all_nights)
    _check_names(all_nights)
    _check_tables(steps)
    return Scenario(section.file, section.place, section.title, section.rules, tuple(steps))


def _check_order(found: list[Night]) -> None:
    for before, after in pairwise(found):
        if after.at < before.at:
            raise ScenarioError(f"{after.row.place}: the night before it is a later one")


def _check_names(found: list[Night]) -> None:
    """Either all items have names or none: an unnamed one could be taken for another one unseen."""
    with_items = [night for night in found if night.look_ups or any(c.items for c in night.courses.values())]
    if len({"→ item" in night.row.cells for night in with_items}) > 1:
        raise ScenarioError(f"{found[0].row.place}: the column '→ item' stands in some of the tables only")


def _check_tables(steps: list[Step]) -> None:
    """Every downstream table is given before it is named, and only once."""
    given: dict[str, tuple[str, ...]] = {}
    for step in steps:
        if isinstance(step, Given) and step.column is not None:
            if step.table in given:
                raise ScenarioError(f"{step.place}: the table {step.table} is given already")
            given[step.table] = step.columns
        elif isinstance(step, Given) or (isinstance(step, Then) and step.is_table):
            table = step.table if isinstance(step, Given) else step.source
            unknown = [column for column in step.columns if column not in given.get(table, ())]
            if unknown:
                raise ScenarioError(f"{step.place}: no table {table} with {', '.join(unknown)} is given")


def _steps(block: Block) -> Iterator[Step]:
    shown = (block.columns, block.rows)
    if block.caption == "Nights:":
        yield from nights(block)
    elif given := _GIVEN.fullmatch(block.caption):
        for column in (given["column"], given["hei_column"]):
            if column is not None and column not in block.columns:
                raise ScenarioError(f"{block.place}: the table has no column {column!r}")
        columns = (given["column"], given["hei_column"])
        yield Given(block.place, given["table"], *shown, *columns, is_unique=given["is_unique"] is not None)
    elif more := _MORE.fullmatch(block.caption):
        yield Given(block.place, more["table"], *shown)
    elif view := _VIEW.fullmatch(block.caption):
        views.check(view["view"], block)
        yield Then(block.place, view["view"], *shown)
    elif table := _TABLE.fullmatch(block.caption):
        yield Then(block.place, table["table"], *shown, is_table=True)
    elif block.caption == _TARGETS:
        views.check(views.TARGETS, block)
        yield Then(block.place, views.TARGETS, *shown)
    else:
        raise ScenarioError(f"{block.place}: {block.caption!r} is no caption; see README.md")
