"""Commands without credentials: what needs no DCS works, and what is wrong with a call is told first (A6)."""

import pytest

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import BOOK, told, unsettled, written

LOST = {"kind": "status", "status": 503}


@pytest.fixture(params=["unset", "empty files"])
def without(request: pytest.FixtureRequest, dcs_mirror: CommandLine) -> CommandLine:
    """The command line without credentials: none are set, or their files are empty."""
    unset = dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None)
    if request.param == "unset":
        return unset
    empty = dcs_mirror.folder / "empty"
    empty.write_text("\n")
    return unset.but(DCS_API_USERNAME_FILE=str(empty), DCS_API_PASSWORD_FILE=str(empty))


async def test_what_needs_no_dcs_needs_no_credentials(
    dcs_mirror: CommandLine, without: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, LOST | {"method": "AmendCourse"})
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "7")).code == 1
    assert (await without("reconcile")).code == 0
    assert (await without("rehearse-rollover", hei)).code == 0
    looked_for = await without("calls", "settle", "1")
    assert (looked_for.code, "call 1 is not settled" in looked_for.out) == (1, True)
    assert (await without("calls", "settle", "1", "--gone")).code == 0
    assert (await without("refresh", hei)).code == 3


async def test_a6_what_is_wrong_with_a_call_is_told_before_missing_credentials(
    dcs_mirror: CommandLine, without: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("submit-request", hei, *BOOK)).code == 0
    await scripted(sandbox, *(LOST | {"method": method} for method in ("SubmitRequest", "AmendCourse")))
    delete = ("--status", "Deleted", "--confirm-deletion", course.code, "--students", "40")
    (dcs_mirror.folder / "a.csv").write_text(f"code,students\n{course.code},30")
    assert (await dcs_mirror("students", "push", hei, "--from", "a.csv")).code != 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "41")).code == 1
    assert (await dcs_mirror("amend-course", hei, course.code, *delete)).code == 1
    assert (await dcs_mirror("submit-request", hei, *BOOK, "--again")).code == 1
    sent, calls = written(sandbox), await unsettled(dcs_mirror)

    for call_id, code, words in (
        ("99", 1, "there is no call 99"),
        ("1", 1, "call 1 needs no settling: it is answered"),
        ("2", 1, "call 2 belongs to a push"),
        ("3", 3, "no DCS credentials"),
        ("4", 2, "a deletion is not sent again"),
        ("5", 3, "no DCS credentials"),
    ):
        finished = await without("calls", "settle", call_id, "--send-again")
        assert (finished.code, words in told(finished)) == (code, True), finished
    assert (written(sandbox), await unsettled(dcs_mirror)) == (sent, calls)
