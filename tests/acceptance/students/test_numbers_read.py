"""Student numbers from the command line: four sources, the same plan, a verdict for each row (A2, A5)."""

import csv
import io
import sqlite3
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl

from dcs_mirror.sandbox import RunningSandbox
from tests.support.command import CommandLine
from tests.support.students import CODES, course_of, write_csv


def numbers_of(sandbox: RunningSandbox) -> dict[str, int]:
    """Return the emulated aXcelerate's number of students in classes that run in March, by course code."""
    enrolments = sandbox.records.enrolments.values()
    running = [e for e in enrolments if e.taught.start <= date(2026, 3, 2) <= e.taught.finish]
    assert len(running) < len(enrolments)
    return Counter(e.taught.code for e in running if not e.withdrawn)


async def test_a5_csv_excel_a_query_and_axcelerate_give_the_same_plan(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    numbers = numbers_of(sandbox)
    assert numbers.keys() == {*CODES, "NEW 9"}
    write_csv(tmp_path / "srs.csv", numbers, separator=";", encoding="cp1252")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [("Code", "Headcount"), *sorted(numbers.items())]:
        sheet.append(line)
    book.save(tmp_path / "srs.xlsx")
    with sqlite3.connect(tmp_path / "srs.db") as made:
        made.execute("CREATE TABLE enrolment (kod text, n int)")
        made.executemany(
            "INSERT INTO enrolment VALUES (?, ?)", [(c, 1) for c in numbers for _ in range(numbers[c])]
        )
    made.close()
    (tmp_path / "q.sql").write_text("SELECT kod, sum(n) AS n FROM enrolment GROUP BY kod ORDER BY kod")
    with_query = dcs_mirror.but(DCS_STUDENTS_DATABASE_URL="sqlite:///srs.db")
    columns = ("--code-column", "kod", "--students-column", "n")
    plans = [
        await dcs_mirror("students", "plan", hei, "--from", "srs.csv", "--json"),
        await dcs_mirror("students", "plan", hei, "--from", "srs.xlsx", "--json"),
        await with_query("students", "plan", hei, "--sql", "q.sql", *columns, "--json"),
        await dcs_mirror("students", "plan", hei, "--from", "axcelerate", "--json"),
    ]
    assert [finished.code for finished in plans] == [0] * 4, plans
    told_by = [finished.json["source"] for finished in plans]
    assert "Windows-1252, separated by semicolons; code from column 'Module code'" in told_by[0]
    seen = [[{**row, "where": None} for row in finished.json["rows"]] for finished in plans]
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert plans[0].json["counts"] == {"change": 4, "unaligned": 1}
    assert sandbox.stats.methods["AmendCourse"] == 0


async def test_classes_that_have_ended_are_not_counted_and_their_courses_keep_their_numbers(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    december = dcs_mirror.but(DCS_NOW="2026-12-01T09:00")
    planned = await december("students", "plan", hei, "--from", "axcelerate", "--json")
    assert (planned.code, planned.json["rows"]) == (0, [])
    assert planned.json["source"] == (
        f"aXcelerate: 0 classes that run on 2026-12-01, {len(sandbox.records.classes)} others left out"
    )
    assert set(CODES) <= set(planned.json["not_in_source"])
    year = ("--running", "2026-01-01..2026-12-31")
    of_a_year = await december("students", "plan", hei, "--from", "axcelerate", *year, "--json")
    counted = Counter(e.taught.code for e in sandbox.records.enrolments.values() if not e.withdrawn)
    assert {row["course_code"]: row["students"] for row in of_a_year.json["rows"]} == counted
    assert "that run from 2026-01-01 to 2026-12-31, 0 others" in of_a_year.json["source"]


async def test_a2_rows_that_cannot_be_used_are_named_and_the_others_land(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    lines = [
        "code,students",
        "ART 7,31",
        "HIS & 1,10000",
        "MAT/2,x",
        "Ökö 3,1",
        "Ökö 3,2",
        "=HIS,3",
        "HIS & 1,1,200",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    finished = await dcs_mirror("students", "push", hei, "--from", "a.csv", "--csv")
    assert finished.code == 1
    rows = list(csv.DictReader(io.StringIO(finished.out.removeprefix("\ufeff"))))
    assert [(row["where"], row["verdict"], row["outcome"]) for row in rows] == [
        ("row 2", "change", "taken"),
        ("row 3", "out of range", ""),
        ("row 4", "unusable", ""),
        ("row 5", "duplicate", ""),
        ("row 6", "duplicate", ""),
        ("row 7", "unaligned", ""),
        ("row 8", "unusable", ""),
    ]
    assert rows[-2]["course_code"] == "'=HIS"
    assert [course_of(sandbox, code).students for code in CODES] == [31, 9, 9, 9]
