"""What would block the June rollover (A4)."""

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Institution
from tests.support.command import CommandLine


async def test_readiness_tells_what_would_block_the_rollover_as_far_as_it_is_known(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:  # A4
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
    assert f"1 courses would block the rollover; the number of students of {len(live) - 2} is" in table
    csv = (await dcs_mirror("readiness", "--csv")).out
    assert csv.startswith("\ufeffhei_id,course_code,name,status,verdict")
    assert "'=About ART 1" in csv
    assert (await dcs_mirror("readiness", "--csv", "--json")).code == 2
