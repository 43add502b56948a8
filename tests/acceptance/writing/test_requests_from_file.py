"""Many requests from a file: planned, submitted once each, and resumed (A2, A5, A6)."""

import csv
import io
from collections import Counter
from pathlib import Path

import openpyxl

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from tests.acceptance.writing.conftest import NOW
from tests.support.command import CommandLine, command_line
from tests.support.control import killed_at
from tests.support.scripted import scripted
from tests.support.sessions import all_gone
from tests.support.writing import told, unsettled, written

WHO = ("--academic-name", "Jo Hill", "--email", "jo@example.ac.uk", "--book")
HEADING = ["Module code", "Book title", "ISBN", "Chapter title", "Pages", "Notes"]
EMMA = ["HIS & 1", "Emma", 9780141439587, "", "1-20", ""]
KILLED_AT = 12
PATIENCE = 120


def write_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADING, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return str(path)


async def test_a6_a_workbook_is_planned_and_each_of_its_requests_is_submitted_once(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    institution: Institution,
    course: Course,
    hei: str,
    tmp_path: Path,
    connection: Connection,
) -> None:
    edit_course(
        sandbox.world,
        add_course(sandbox.world, institution, sandbox.world.dice, code="OLD 1", items=0),
        CourseChanges(status="Archived"),
    )
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Requests of the Department of History"],
        [],
        HEADING,
        EMMA,
        ["his&1", "Emma", "0-14-143958-0", "", "pp. 1\u201320", ""],
        ["HIS & 1", "=cmd|'/c calc'!A1", None, "Ỳstorïau \u200b", "2-3", '=HYPERLINK("http://x")'],
        ["HIS & 1", "Emma", 9780141439587, "", None, ""],
        ["HIX & 1", "Emma", 9780141439587, "I", None, ""],
        ["OLD 1", "Emma", 9780141439587, "I", None, ""],
    ):
        sheet.append(row)
    sheet["B6"].data_type = sheet["F6"].data_type = "s"
    sheet["E7"] = "1-20"
    book.save(tmp_path / "list.xlsx")
    plan = ("requests", "plan", hei, "--from", "list.xlsx", *WHO)
    planned = await dcs_mirror(*plan, "--json")
    verdicts = {"submit": 2, "repeated": 2, "unaligned": 1, "archived": 1}
    assert (planned.code, planned.json["counts"], written(sandbox)) == (1, verdicts, 0), planned
    assert planned.json["understood"]["fields"]["isn"] == "ISBN"
    first = planned.json["rows"][0]
    assert first["sent"]["ISN"] == "9780141439587"
    assert (first["where"], first["kind"], first["sent"]["AcademicName"]) == ("row 4", "book", "Jo Hill")
    assert planned.json["rows"][4]["nearest"][0] == "HIS & 1"

    pushed = await dcs_mirror("requests", "push", *plan[2:], "--json")
    assert (pushed.code, pushed.json["outcomes"], pushed.json["counts"]) == (1, {"taken": 2}, verdicts)
    assert (pushed.json["not_read_back"], written(sandbox)) == (None, 2)
    stored = {
        row["request_id"]: row
        for row in await connection.fetch("SELECT * FROM dcs.submitted_request WHERE hei_id = $1", int(hei))
    }
    sent = [row for row in pushed.json["rows"] if row.get("outcome")]
    assert [stored[row["request_id"]]["title"] for row in sent] == ["Emma", "=cmd|'/c calc'!A1"]
    assert {stored[row["request_id"]]["course_code"] for row in sent} == {"HIS & 1"}

    again = await dcs_mirror("requests", "push", *plan[2:], "--csv")
    assert (again.code, written(sandbox)) == (1, 2)
    rows = list(csv.DictReader(io.StringIO(again.out.removeprefix("\ufeff"))))
    assert [row["verdict"] for row in rows].count("already there") == 4
    assert rows[2]["title"] == "'=cmd|'/c calc'!A1"
    assert int(rows[0]["request_id"]) == sent[0]["request_id"]
    shown = await dcs_mirror(*plan)
    assert "6 rows: 4 already there" in shown.out


async def test_a6_files_of_any_encoding_are_read_and_wrong_usage_sends_nothing(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, tmp_path: Path
) -> None:
    row = ["HIS & 1", "Llên Cymru", "", "Y bennod gyntaf â", "", ""]
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        source = write_csv(tmp_path / f"{encoding}.csv", [row], encoding)
        planned = await dcs_mirror("requests", "plan", hei, "--from", source, *WHO, "--json")
        assert (planned.code, planned.json["rows"][0]["title"]) == (0, "Llên Cymru"), planned
    wrong: dict[tuple[str, ...], str] = {
        ("--from", "none.csv"): "none.csv",
        ("--from", source, "--sheet", "1"): "--sheet",
        ("--from", source, "--column", "x=y"): "no field 'x'",
        ("--from", source, "--column", "title=Titel"): "no column 'Titel'",
        ("--from", source, "--heading-row", "2"): "row 2",
        ("--from", source, "--csv", "--json"): "--csv",
        ("--from", source, "--course", "X", "--without-course"): "--course",
        (): "--from",
    }
    for options, named in wrong.items():
        refused = await dcs_mirror("requests", "push", hei, *options)
        assert (refused.code, refused.out, named in refused.err) == (2, "", True), refused
    push = ("requests", "push", hei, "--from", source, *WHO)
    assert (await dcs_mirror.but(DCS_API_PASSWORD="wrong")(*push)).code == 3
    unknown = await dcs_mirror("requests", "push", "99999", *push[3:])
    assert (unknown.code, "institution 99999 is not known" in told(unknown)) == (1, True)
    assert (await dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/v3")(*push)).code == 4
    assert written(sandbox) == 0
    await scripted(sandbox, {"kind": "status", "status": 500, "method": "GetCourseContent"})
    unread = await dcs_mirror(*push, "--json")
    assert (unread.code, unread.json["counts"], written(sandbox)) == (1, {"not read": 1}, 0), unread
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest", "taken": False})
    lost = await dcs_mirror(*push, "--json")
    assert (lost.code, lost.json["outcomes"]) == (1, {"unanswered": 1})
    again = await dcs_mirror(*push, "--json")
    assert (again.code, again.json["counts"], written(sandbox)) == (1, {"unsettled": 1}, 1)
    (call,) = await unsettled(dcs_mirror)
    assert f"dcs-mirror calls settle {call['call_id']}" in again.json["rows"][0]["why"]


async def test_a6_killed_and_given_again_no_request_is_sent_twice(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    world = build_world(Sizes(institutions=1, courses=0, items=0, unattached=0), seed=5)
    (institution,) = world.institutions.values()
    for number in range(4):
        add_course(world, institution, world.dice, code=f"M {number}", items=0)
    rows = [[f"M {n % 4}", f"Book {n}", "", f"Chapter {n}", f"{n}-{n + 9}", ""] for n in range(1, 41)]
    source = write_csv(tmp_path / "a.csv", rows)
    push = ("requests", "push", str(institution.id), "--from", source, *WHO, "--json")
    async with running_sandbox(world, latency=0.02) as sandbox:
        here = command_line(tmp_path, sandbox, database).but(DCS_NOW=NOW, DCS_TIMEOUT="5")
        await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest", "share": 0.1, "seed": 3})
        process = await here.start(*push)
        await killed_at(sandbox, process, "SubmitRequest", KILLED_AT)
        await all_gone(connection)
        assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.call WHERE state = 'sent'") > 0
        second = await here(*push)
        assert second.code == 1, second
        await scripted(sandbox)
        third = await here(*push)
        # Killed between the note of a call and the call: only a person can know that it was lost.
        lost = await unsettled(here)
        assert (third.code, third.json["counts"]["already there"] >= 30) == (bool(lost), True), third
        arrived = {item.details.title for item in world.items.values()}
        assert not arrived & {call["parameters"]["Title"] for call in lost}
        for call in lost:
            assert (await here("calls", "settle", str(call["call_id"]), "--send-again")).code == 0
        fourth = await here(*push)
        assert (fourth.code, fourth.json["counts"]) == (0, {"already there": 40})
        assert fourth.json["outcomes"] == {}
        titles = Counter(item.details.title for item in world.items.values())
        assert titles == {f"Book {n}": 1 for n in range(1, 41)}
        assert await unsettled(here) == []
