"""A scenario that says something wrong fails, and the failure shows the row that is wrong."""

import re

import pytest

from dcs_mirror.database.connections import Connection
from tests.scenarios import markdown
from tests.scenarios.markdown import ScenarioError
from tests.scenarios.runner import run
from tests.scenarios.scenario import scenario
from tests.scenarios.views import Mismatch

RIGHT = """
### R1, R9: two items in June

A sentence.

Given the table `readings` with request ids in `request_id`:

| request_id | week  |
| ---------- | ----- |
| 10         | one   |
| 12         | two   |

Nights:

| night      | year      | course | asked | answer | request-id | previous-year-id | → item | → outcome |
| ---------- | --------- | ------ | ----- | ------ | ---------- | ---------------- | ------ | --------- |
| 2026-06-01 | 2025-2026 | A      |       |        | 10         |                  | a      |           |
|            |           | A      |       |        | 11         |                  | b      |           |
|            |           | A      |       |        | 12         |                  | c      |           |
| 2026-06-02 | 2026-2027 | A      |       |        | 21         | 10               | a      | complete  |
|            |           | A      |       |        | 20         | 11               | b      |           |
|            |           |        | 12    | gone   |            |                  |        |           |

Then `dcs.content_item` shows:

| item_key | request_id | removed_at |
| -------- | ---------- | ---------- |
| a        | 21         |            |
| b        | 20         |            |
| c        | 12         | 2026-06-02 |

Then `dcs.recheck_flag` shows nothing.

Then `dcs.current_request_id()` shows:

| request_id | current_request_id |
| ---------- | ------------------ |
| 11         | 20                 |

Then `dcs.sync_outcome` shows:

| outcome  | removed | error |
| -------- | ------- | ----- |
| complete | 0       |       |
| complete | 1       |       |

Then the table `readings` shows:

| request_id | week |
| ---------- | ---- |
| 21         | one  |
| 12         | two  |

Then the registered columns show:

| table_name | rewritten | error |
| ---------- | --------- | ----- |
| readings   | 1         |       |
"""

JUNE = "| 21         | 10               | a      | complete  |"
ASKED = next(line for line in RIGHT.splitlines() if "gone" in line)
ITEM_A = "| a        | 21         |            |"


async def test_what_is_right_passes(mirror: Connection) -> None:
    await _run(mirror, RIGHT)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        pytest.param(
            JUNE, JUNE.replace("a ", "b "), ["x.md:20: expected item 'b', but it is 'a'"], id="another-name"
        ),
        pytest.param(JUNE, JUNE.replace("a ", "d "), ["expected item 'd', but it is 'a'"], id="a-new-name"),
        pytest.param(
            JUNE, JUNE.replace("a ", "none "), ["expected item 'none'", "- | 2026-06-02 | "], id="none"
        ),
        pytest.param(
            "| 12         |                  | c ",
            "| 12 | | a ",
            ["expected item 'a', but it is"],
            id="one-name",
        ),
        pytest.param(
            JUNE,
            JUNE.replace("complete", "held"),
            ["x.md:20: expected the outcome 'held', but it is 'complete'", "- | 2026-06-02 | "],
            id="outcome",
        ),
        pytest.param(
            "| 12    | gone ",
            "| 13    | gone ",
            ["x.md:20: the mirror asked for the ids [12], but the scenario answers [13]"],
            id="look-up-of-another-id",
        ),
        pytest.param(
            f"{ASKED}\n",
            "",
            ["asked for the ids [12], but the scenario answers []"],
            id="look-up-without-answer",
        ),
        pytest.param(
            "| c        | 12         | 2026-06-02 |",
            "| c | 12 | |",
            [
                "x.md:24: dcs.content_item shows something else",
                "\n  | item_key | request_id | removed_at |\n",
                "\n- | c | 12 |  |   (x.md:30)\n",
                "\n+ | c | 12 | 2026-06-02 |\n",
            ],
            id="cell-of-a-view",
        ),
        pytest.param(ITEM_A, "| b | 21 | |", ["- | b | 21 |  |", "+ | a | 21 |  |"], id="key"),
        pytest.param(f"{ITEM_A}\n", "", ["+ | a | 21 |  |"], id="row-too-few"),
        pytest.param(ITEM_A, f"{ITEM_A}\n{ITEM_A}", ["- | a | 21 |  |   (x.md:29)"], id="row-too-many"),
        pytest.param(
            "`dcs.recheck_flag` shows nothing", "`dcs.rollover` shows nothing", ["+ | 209 | "], id="nothing"
        ),
        pytest.param(
            "| 11         | 20                 |", "| 11 | 21 |", ["- | 11 | 21 |", "+ | 11 | 20 |"], id="id"
        ),
        pytest.param(
            "| complete | 1       |       |",
            "| complete | 1 | R7… |",
            ["- | complete | 1 | R7… |", "+ | complete | 1 |  |"],
            id="any-text",
        ),
        pytest.param(
            "| 21         | one  |",
            "| 10 | one |",
            ["- | 10 | one |", "+ | 21 | one |"],
            id="downstream-table",
        ),
        pytest.param(
            "| readings   | 1 ", "| readings | 2 ", ["- | readings | 2 |", "+ | readings | 1 |"], id="report"
        ),
    ],
)
async def test_what_is_wrong_fails_and_shows_the_row(
    mirror: Connection, old: str, new: str, parts: list[str]
) -> None:
    assert old in RIGHT
    with pytest.raises(Mismatch) as mismatch:
        await _run(mirror, RIGHT.replace(old, new, 1))
    assert [part for part in parts if part not in str(mismatch.value)] == []


async def test_an_outcome_that_is_not_mentioned_is_complete(mirror: Connection) -> None:
    text = RIGHT.replace("| complete  |", "|           |", 1).replace("| gone   |", "| failed |", 1)
    with pytest.raises(Mismatch, match=r"expected the outcome 'complete', but it is 'partial': request 12"):
        await _run(mirror, text)


async def test_a_course_wrongly_named_fails(mirror: Connection) -> None:
    text = """
### R5: a course under a new id

A sentence.

Nights:

| night      | course-id | answer | → course |
| ---------- | --------- | ------ | -------- |
| 2026-06-01 | 1         | empty  | k        |
| 2026-06-02 | 2         | empty  | k        |
"""
    with pytest.raises(Mismatch, match=re.escape("x.md:11: expected course 'k', but it is '(course without")):
        await _run(mirror, text)


async def test_an_answer_that_the_mirror_would_have_read_cannot_be_unchanged(mirror: Connection) -> None:
    text = """
### C1: an unchanged answer of a course that was never read

A sentence.

Nights:

| night      | answer    | → outcome |
| ---------- | --------- | --------- |
| 2026-06-01 | failed    | partial   |
| 2026-06-02 | unchanged |           |
"""
    with pytest.raises(ScenarioError, match=re.escape("x.md:11: no answer of course 'A' is known")):
        await _run(mirror, text)


async def _run(mirror: Connection, text: str) -> None:
    (section,) = markdown.parse(text, file="x.md")
    await run(mirror, scenario(section))
