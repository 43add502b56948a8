"""`students known`: numbers that the DCS's own export tells count as known, and nothing is sent (A1)."""

from pathlib import Path

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import add_course
from tests.support.command import CommandLine
from tests.support.students import course_of, institution_of
from tests.support.writing import told, written


async def test_a1_numbers_of_an_export_count_as_known_also_after_a_restore(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    lines = ["DCS export", "Course Code,Number of Students", "ART 7,9", "HIS & 1,9", "NO 1,4", "MAT/2,x"]
    (tmp_path / "export.csv").write_text("\n".join(lines))
    (tmp_path / "srs.csv").write_text("code,students\nART 7,9\nHIS & 1,12")
    known = ("students", "known", hei, "--from", "export.csv")
    plan = ("students", "plan", hei, "--from", "srs.csv", "--json")
    assert (await dcs_mirror("students", "push", hei, "--from", "srs.csv")).code == 0
    sent = written(sandbox)
    assert (await dcs_mirror("restored")).code == 0
    rows = (await dcs_mirror(*plan)).json["rows"]
    assert [(row["before"], row["verdict"]) for row in rows] == [(None, "change"), (None, "change")]
    refused = await dcs_mirror("amend-course", hei, "ART 7", "--name", "Q")
    assert (refused.code, "Give --students once" in told(refused)) == (2, True)

    learnt = await dcs_mirror(*known, "--json")
    assert learnt.code == 1, "a row of the export cannot be used"
    assert [(row["course_code"], row["verdict"]) for row in learnt.json["rows"]] == [
        ("ART 7", "learnt"),
        ("HIS & 1", "learnt"),
        ("NO 1", "unaligned"),
        ("MAT/2", "unusable"),
    ]
    assert learnt.json["understood"]["heading_rows"] == [2]
    rows = (await dcs_mirror(*plan)).json["rows"]
    assert [(row["before"], row["verdict"]) for row in rows] == [(9, "unchanged"), (9, "change")]
    assert written(sandbox) == sent, "nothing was sent"
    assert (await dcs_mirror("amend-course", hei, "ART 7", "--name", "Q")).code == 0
    assert (course_of(sandbox, "ART 7").students, course_of(sandbox, "ART 7").name) == (9, "Q")


async def test_a1_a6_no_number_is_learnt_for_a_course_that_is_not_certain(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    institution = institution_of(sandbox)
    add_course(sandbox.world, institution, sandbox.world.dice, code="NEW 1", items=0)
    (tmp_path / "export.csv").write_text("code,students\nNEW 1,3\nART 7,9")
    known = ("students", "known", hei, "--from", "export.csv", "--json")
    rows = (await dcs_mirror(*known)).json["rows"]
    assert [row["verdict"] for row in rows] == ["not mirrored", "learnt"]
    assert "dcs-mirror sync" in rows[0]["why"]
    rows = (await dcs_mirror(*known)).json["rows"]
    assert [row["verdict"] for row in rows] == ["not mirrored", "unchanged"]
    wrong = await dcs_mirror("students", "known", hei, "--from", "axcelerate")
    assert (wrong.code, wrong.out) == (2, "")
