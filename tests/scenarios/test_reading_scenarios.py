"""Scenario files are read strictly: what is not understood is an error that names its line."""

import re

import pytest

from tests.scenarios import markdown, nights
from tests.scenarios.index import anchor, index
from tests.scenarios.markdown import ScenarioError
from tests.scenarios.scenario import FOLDER, scenario, scenarios
from tests.scenarios.steps import Night, Then

REPOSITORY = FOLDER.parents[1]

GOOD = """
# A file

An introduction.

### R1, R2: a title

A sentence.

Nights:

| night | request-id | → item |
| --- | --- | --- |
| 2026-03-02 | 10 | a |

Then `dcs.rollover` shows nothing.
"""
NAMED = "Nights:\n\n| night | request-id | → item |\n| --- | --- | --- |\n| 2026-03-02 | 10 | a |"


def test_what_is_understood() -> None:
    (section,) = markdown.parse(GOOD, file="x.md")
    read = scenario(section)
    assert (read.title, read.rules, read.place) == ("R1, R2: a title", ("R1", "R2"), "x.md:6")
    night, then = read.steps
    assert isinstance(night, Night)
    assert [item.request_id for item in night.courses["A"].items] == [10]
    assert [(expected.name, expected.request_id) for expected in night.recognised] == [("a", 10)]
    assert isinstance(then, Then)
    assert (then.place, then.source, then.rows) == ("x.md:16", "dcs.rollover", ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("### R1, R2: a title", "### A title", "x.md:6: a scenario's heading"),
        ("### R1, R2: a title", "### R1: zwölf", "ASCII"),
        ("### R1, R2: a title", "## R1, R2: a title", "no scenario|above the first"),
        ("An introduction.", "| a |", "above the first scenario"),
        ("A sentence.", "No sentence", "x.md:8: .*full stop"),
        ("Nights:", "Days:", "'Days:' is no caption"),
        ("Nights:", "Nights: all of them.", "needs a caption"),
        ("Then `dcs", "Then: `dcs", "is no caption"),
        ("Then `dcs.rollover` shows nothing.", "Then `dcs.rollover` shows:", "x.md:16: .*needs a table"),
        ("Then `dcs.rollover`", "Then `dcs.rollovers`", "no view dcs.rollovers"),
        ("Then `dcs.rollover`", "# More\n\nThen `dcs.rollover`", "third level"),
        ("| 2026-03-02 | 10 | a |", "", "the table is empty"),
        ("| --- | --- | --- |", "| --- | --- |", "row of dashes"),
        ("| --- | --- | --- |", "", "row of dashes"),
        ("| 2026-03-02 | 10 | a |", "| 2026-03-02 | 10 |", "x.md:14: 2 cells, but 3 columns"),
        ("| 2026-03-02 | 10 | a |", "| 2026-03-02 | 10 | a", "begins and ends"),
        ("request-id", "request id", "unknown columns request id"),
        ("request-id", "night", "a name of its own"),
        ("night |", "nights |", "unknown columns nights"),
        ("night |", "year |", "'night' is missing"),
        ("2026-03-02", "2 March", "x.md:14: '2 March' is no date"),
        ("2026-03-02", "", "first row needs the date"),
        ("| 10 |", "| ten |", "'ten' is no positive whole number"),
        ("| 10 |", "| 10 to 3 |", "is no range"),
        ("| 10 |", "| 10 to 12 |", "a range of ids cannot have one name"),
        ("| 10 |", "| |", "without items is 'empty'|needs a request-id"),
        ("| a |", "| A |", "needs a name of small letters"),
        ("| a |", "| |", "needs a name of small letters"),
        ("| 10 | a |", "| 10 | a |\n| 2026-03-01 | 11 | b |", "the night before it is a later one"),
    ],
)
def test_what_is_not_understood_is_an_error(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError, match=message):
        [scenario(section) for section in markdown.parse(GOOD.replace(old, new, 1), file="x.md")]


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        ("reading", ["nightly"], "unknown reading 'nightly'"),
        ("list", ["whole"], "unknown list 'whole'"),
        ("accept", ["all"], "unknown accept 'all'"),
        ("guard", ["few"], "'few' is no share"),
        ("year", ["2025-2027"], "no academic year"),
        ("year", [""], "no academic year"),
        ("order", [""], "no positive whole number"),
        ("institution", ["ours"], "no positive whole number"),
        ("→ outcome", ["fine"], "unknown → outcome 'fine'"),
        ("status", ["active"], "unknown status 'active'"),
        ("status", [""], "unknown status ''"),
        ("course", [""], "the course is missing"),
        ("course status", ["Open"], "unknown course status 'Open'"),
        ("answer", ["whole"], "unknown answer 'whole'"),
        ("answer", ["failed"], "has no place in an answer that is 'failed'"),
        ("answer", ["unchanged"], "has no place in an answer that is 'unchanged'"),
        ("answer", ["", "partial"], "do not agree about it"),
        ("course-id", ["1", "2"], "do not agree about it"),
        ("→ course", [""], "needs a name of small letters"),
        ("asked | answer", ["10 | gone"], "has no place in an answer that is 'gone'"),
        ("asked | answer", ["10 | unchanged"], "unknown answer 'unchanged'"),
        ("asked", ["10", "10"], "10 is answered twice"),
        ("asked", ["10 to 11"], "the answer for an id is one item"),
        ("reading", ["refresh request"], "needs the id that is asked for"),
        ("reading", ["reconcile"], "has no place in a night of 'reconcile'"),
        ("reading", ["not listed"], "has no place in a night of 'not listed'"),
        ("reading", ["", "sync"], "belongs into the first row of its night"),
        ("→ outcome", ["", "held"], "belongs into the first row of its night"),
        ("previous-year-id", ["x"], "'x' is no positive whole number"),
    ],
)
def test_a_value_that_is_not_known_is_an_error(columns: str, rows: list[str], message: str) -> None:
    count = columns.count("|") + 1
    table = [f"| night | request-id | {columns} |", f"| --- | --- |{' --- |' * count}"]
    table += [f"| {'' if i else '2026-03-02'} | {10 + i} | {row} |" for i, row in enumerate(rows)]
    with pytest.raises(ScenarioError, match=re.escape(message)):
        _read("\n".join(["Nights:", "", *table]))


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ("Then `dcs.rollover` shows nothing.", "nothing happens"),
        ("Nights:\n\n| night | request-id |\n| --- | --- |\n| 2026-03-02 | 10 |", "nothing is expected"),
        ("Then the table `x` shows:\n\n| a |\n| --- |\n| 1 |", "no table x with a is given"),
        ("Given later in the table `x`:\n\n| a |\n| --- |\n| 1 |", "no table x with a is given"),
        ("Given the table `x` with request ids in `a`:\n\n| b |\n| --- |\n| 1 |", "has no column 'a'"),
        ("Given the table `x` with request ids in `a`:", "needs a table"),
        ("Then `dcs.rollover` shows:\n\n| letters |\n| --- |\n| 1 |", "dcs.rollover has no column letters"),
        ("Then `dcs.current_request_id()` shows:\n\n| request_id |\n| --- |\n| 1 |", "needs the columns"),
        ("Then the registered columns show:\n\n| rows |\n| --- |\n| 1 |", "has no column rows"),
        (f"{NAMED}\n\nNights:\n\n| night | request-id |\n| --- | --- |\n| 2026-03-03 | 10 |", "tables only"),
    ],
)
def test_steps_that_do_not_fit_each_other_are_an_error(blocks: str, message: str) -> None:
    has_nights = "| night |" in blocks or message == "nothing happens"
    with pytest.raises(ScenarioError, match=re.escape(message)):
        _read(blocks if has_nights else f"{blocks}\n\n{NAMED}")


def test_every_rule_has_a_scenario_and_every_scenario_a_rule() -> None:
    page = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    rules = set(re.findall(r"^### ([RSC]\d+)$", page, re.MULTILINE))
    assert {rule for one in scenarios() for rule in one.rules} == rules


def test_the_index_leads_to_every_heading() -> None:
    entries = index()
    assert {title for _, title, _, _ in entries} == {one.title for one in scenarios()}
    assert [rule for rule, *_ in entries][:2] == ["R1", "R1"]
    assert anchor("R1, R2: a GUID's id, twice") == "r1-r2-a-guids-id-twice"
    for _, title, file, link in entries:
        headings = re.findall(r"^#+ (.*)$", (FOLDER / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert [heading for heading in headings if anchor(heading) == link] == [title]


def test_the_page_for_readers_explains_every_column_and_value() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `([^`]+)` \|(?=.*\|.*\|)", page, re.MULTILINE)) == nights.COLUMNS
    for values in (
        nights.READINGS,
        nights.OUTCOMES,
        nights.STATUSES,
        nights.COURSE_STATUSES,
        nights.LOOK_UPS,
    ):
        assert [value for value in values if value and f"`{value}`" not in page] == []
    assert [answer for answer in nights.ANSWERS if answer and f"`{answer}`" not in page] == []


def test_every_file_of_scenarios_is_read() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {one.file for one in scenarios()} | {"README.md"}


def _read(blocks: str) -> None:
    for section in markdown.parse(f"### R1: a title\n\nA sentence.\n\n{blocks}\n", file="x.md"):
        scenario(section)
