"""The report of courses that would block the June rollover (A4)."""

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course, Institution
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import told


async def test_a4_readiness_tells_what_would_block_the_rollover_as_far_as_it_is_known(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    for code, students in (("ART 1", "0"), ("ART 2", "12"), ("ART 3", "0")):
        made = ("submit-course", hei, code, "--name", f"=About {code}", "--students", students)
        assert (await dcs_mirror(*made)).code == 0
    assert (await dcs_mirror("amend-course", hei, "ART 3", "--status", "Archived")).code == 0
    assert (await dcs_mirror("sync")).code == 0
    (blocking,) = (await dcs_mirror("readiness", "--hei", hei, "--json")).json
    assert (blocking["course_code"], blocking["verdict"], blocking["content_items"]) == ("ART 1", "blocks", 0)
    everything = (await dcs_mirror("readiness", "--all", "--json")).json
    live = [c for c in institution.courses.values() if c.status == "Active"]
    assert {row["course_code"] for row in everything} == {c.code for c in live} - {"ART 2"}
    assert {row["verdict"] for row in everything} == {"blocks", "unknown"}
    table = (await dcs_mirror("readiness")).out
    assert "ART 1" in table
    assert f"1 course would block the rollover; the number of students of {len(live) - 2} courses is" in table
    csv = (await dcs_mirror("readiness", "--csv")).out
    assert csv.startswith("\ufeffhei_id,course_code,name,status,verdict")
    assert "'=About ART 1" in csv
    assert (await dcs_mirror("readiness", "--csv", "--json")).code == 2


async def test_a4_a6_readiness_tells_of_courses_that_may_have_no_students(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("submit-course", hei, "ART 4", "--name", "Drawing")).code == 0
    assert (await dcs_mirror("sync")).code == 0
    amend = ("amend-course", hei, course.code, "--students")
    assert (await dcs_mirror(*amend, "40")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "AmendCourse"})
    assert (await dcs_mirror(*amend, "0")).code == 1
    found = (await dcs_mirror("readiness", "--hei", hei, "--json")).json
    assert [(row["course_code"], row["verdict"], row["open_call"]) for row in found] == [
        ("ART 4", "blocks", None),
        (course.code, "may block", 3),
    ]
    table = (await dcs_mirror("readiness")).out
    assert "1 course would block the rollover, 1 may;" in table
    assert "call 3 has no answer" in table
    await scripted(sandbox)
    assert (await dcs_mirror(*amend, "30")).code == 0
    assert (await dcs_mirror("amend-course", hei, "ART 4", "--students", "3")).code == 0
    assert (await dcs_mirror("readiness", "--hei", hei, "--json")).json == []


async def test_a4_readiness_knows_what_a_push_created_and_no_institution_that_the_mirror_does_not(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    (dcs_mirror.folder / "a.csv").write_text("code,students\nNEW 9,0")
    push = ("students", "push", hei, "--from", "a.csv", "--create-missing", "--allow-zero")
    assert (await dcs_mirror(*push)).code == 0
    assert (await dcs_mirror("sync")).code == 0
    (row,) = (await dcs_mirror("readiness", "--hei", hei, "--json")).json
    assert (row["course_code"], row["verdict"], row["students"]) == ("NEW 9", "blocks", 0)
    unknown = await dcs_mirror("readiness", "--hei", "99999")
    assert (unknown.code, "does not know institution 99999" in told(unknown)) == (1, True)
