"""If looking does not settle a call, `calls settle` names the options that the method allows (A6)."""

import re

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import BOOK


async def test_a6_only_options_that_the_method_of_the_call_allows_are_named(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    amend = ("amend-course", hei, course.code, "--students", "3")
    calls = (
        (("submit-request", hei, *BOOK), ["--send-again", "--found REQUEST_ID", "--gone"]),
        (("submit-course", hei, "ART 7", "--name", "Drawing"), ["--send-again", "--taken", "--gone"]),
        (amend, ["--send-again", "--taken", "--gone"]),
        ((*amend, "--status", "Deleted", "--confirm-deletion", course.code), ["--taken", "--gone"]),
    )
    reset = {"kind": "reset", "taken": False}
    methods = ("SubmitRequest", "SubmitCourse", "AmendCourse")
    await scripted(sandbox, *({**reset, "method": method} for method in methods))
    for command, _ in calls:
        assert (await dcs_mirror(*command)).code == 1
    await scripted(sandbox)
    for number, (_, options) in enumerate(calls, start=1):
        found = await dcs_mirror("calls", "settle", str(number))
        assert found.code == 1
        assert re.findall(rf"  dcs-mirror calls settle {number} (.*?)  #", found.out) == options
