"""Files as offices of student records make them: nothing reaches the DCS that nobody meant (A5)."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import add_course
from tests.support.command import CommandLine, Finished
from tests.support.students import course_of, institution_of
from tests.support.writing import written


def verdicts(finished: Finished) -> list[tuple[str, str]]:
    return [(row["course_code"], row["verdict"]) for row in finished.json["rows"]]


async def test_a5_no_course_is_created_from_what_is_no_course(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["nothing here"])
    book.worksheets[0].sheet_state = "hidden"
    sheet = book.create_sheet("Numbers")
    lines: list[list[Any]] = [
        ["Enrolments by module"],
        [],
        ["Module code", "Enrolled"],
        ["ART 7", 31],
        [date(2026, 3, 1), 5],
        ["#N/A", 6],
        [True, 7],
        ["HIDDEN", 8],
        ["NEW 1", 10],
        ["HIS & 1", 4],
        ["HIS & 1", 4],
        ["Total", 75],
    ]
    for line in lines:
        sheet.append(line)
    sheet.row_dimensions[8].hidden = True
    book.save(tmp_path / "a.xlsx")
    push = ("students", "push", hei, "--from", "a.xlsx", "--create-missing")
    planned = await dcs_mirror("students", "plan", hei, "--from", "a.xlsx")
    assert planned.out.splitlines()[0] == (
        "source: Excel, sheet 'Numbers'; code from column 'Module code', students from column 'Enrolled'; "
        "heading in row 3; 1 hidden row left out (--hidden-rows takes them); hidden: sheet 'Sheet'; "
        "left out as totals: row 12"
    )
    pushed = await dcs_mirror(*push, "--json")
    assert pushed.code == 1
    assert [verdict for _, verdict in verdicts(pushed)] == [
        "change",
        "unusable",
        "unusable",
        "unusable",
        "create",
        "duplicate",
        "duplicate",
        "total",
    ]
    understood = pushed.json["understood"]
    assert (understood["sheet"], understood["hidden_sheets"]) == ("Numbers", ["Sheet"])
    assert (understood["heading_rows"], understood["hidden_rows"]) == ([3], 1)
    assert understood["totals"] == ["row 12"]
    assert written(sandbox) == 2
    summed = await dcs_mirror(*push, "--sum", "--json")
    assert written(sandbox) == 3
    assert summed.json["counts"] == {
        "unchanged": 2,
        "unusable": 3,
        "change": 1,
        "repeated": 1,
        "total": 1,
    }
    assert course_of(sandbox, "HIS & 1").students == 8


async def test_a5_codes_that_differ_by_a_rule_reach_their_courses(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    add_course(sandbox.world, institution_of(sandbox), sandbox.world.dice, code="HIS 301 ", items=0)
    assert (await dcs_mirror("sync")).code == 0
    (tmp_path / "a.csv").write_text("code,students\nART 7-2627,31\n'MAT2,5\nHIS 301,6\nX-2627,1\nx9,2")
    (tmp_path / "map.csv").write_text("ours,theirs\n'MAT2,MAT/2")
    rules = ("--map", "map.csv", "--strip-suffix=-2627", "--code-pattern", "[A-Z]+ ?[0-9]*")
    pushed = await dcs_mirror("students", "push", hei, "--from", "a.csv", *rules, "--json")
    assert verdicts(pushed) == [
        ("ART 7", "change"),
        ("MAT/2", "change"),
        ("HIS 301 ", "change"),
        ("X", "unaligned"),
        ("x9", "unusable"),
    ]
    assert [row["given"] for row in pushed.json["rows"]][:4] == ["ART 7-2627", "'MAT2", "HIS 301", "X-2627"]
    assert [course_of(sandbox, code).students for code in ("ART 7", "MAT/2", "HIS 301 ")] == [31, 5, 6]


async def test_a5_a_report_of_faculties_with_titles_and_a_footer_creates_nothing(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    lines: list[list[Any]] = [
        ["Course", "All", "Total", "45"],
        ["Module", None, "Student", None],
        ["Code", "Title", "numbers", "Fees"],
        ["Faculty of Arts", None, 36, 1],
        ["ART 7 - Drawing", "Drawing", 31, 1],
        ["MAT/2; Ökö 3", "Two of them", 5, 1],
        [7, "Zeros are dropped", 4, 1],
        ["MAR1", "Spring", 3, 1],
        ["Mar-26", "Spring", 3, 1],
        ["HIS & 1\u200b", "History", 5, 1],
        ["Report run", None, 2026, None],
    ]
    for line in lines:
        book.worksheets[0].append(line)
    book.save(tmp_path / "a.xlsx")
    pushed = await dcs_mirror("students", "push", hei, "--from", "a.xlsx", "--create-missing", "--json")
    assert pushed.json["understood"]["heading_rows"] == [2, 3]
    assert verdicts(pushed) == [
        ("Faculty of Arts", "unusable"),
        ("ART 7 - Drawing", "unaligned"),
        ("MAT/2; Ökö 3", "unaligned"),
        ("7", "unusable"),
        ("MAR1", "create"),
        ("Mar-26", "unusable"),
        ("HIS & 1", "change"),
        ("Report run", "unusable"),
    ]
    assert (pushed.code, written(sandbox)) == (1, 2)
