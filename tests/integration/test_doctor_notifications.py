"""`dcs-mirror doctor` on the file of who is told what: it judges as `notify` does, and tells nobody."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, command_line


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=1, courses=1, items=1), seed=3)) as running:
        yield running


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def finding(dcs_mirror: CommandLine, code: int) -> dict[str, Any]:
    """The one finding about notifications."""
    finished = await dcs_mirror("doctor", "--json")
    assert finished.code == code, finished
    (found,) = [found for found in finished.json["findings"] if found["check"] == "notifications"]
    return dict(found)


NOTIFY = """
[[notify]]
institutions = "all"
events = ["held"]
to = ["webhook+https://example.org/hook", "mailto://user:Zebra7@mail.example.org"]
secret = "Zebra7Zebra7Zebra7"
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        (NOTIFY.replace("[[notify]]", "[[notify"), "is not valid TOML"),
        (NOTIFY.replace('"held"', '"helt"'), "unknown event 'helt'"),
        (NOTIFY.replace("secret =", "# secret ="), "a webhook needs secret or secret_file"),
        (NOTIFY.replace("mailto:", "nothing:"), "no address that Apprise knows"),
        (NOTIFY.replace('"all"', "[999999]"), "the mirror does not know institution 999999"),
    ],
)
async def test_a_file_of_notifications_that_notify_refuses_is_a_problem_of_doctor_in_the_same_words(
    dcs_mirror: CommandLine, text: str | None, words: str
) -> None:
    file = dcs_mirror.folder / "notify.toml"
    if text is not None:
        file.touch(mode=0o600)
        file.write_text(text)
    telling = dcs_mirror.but(DCS_NOTIFY_FILE=str(file))
    refused = await telling("notify", "--quiet")
    found = await finding(telling, 1)
    assert (found["level"], words in found["found"]) == ("problem", True), found
    assert (refused.code, refused.out) == (2, "")
    (line,) = refused.err.splitlines()
    assert line.removeprefix("dcs-mirror: ").removesuffix("; nothing was sent") == found["found"]
    assert "Zebra7" not in f"{line} {found}"


async def test_a_file_of_notifications_is_read_by_doctor_and_nobody_is_told(dcs_mirror: CommandLine) -> None:
    assert (await dcs_mirror("sync")).code == 0
    file = dcs_mirror.folder / "notify.toml"
    file.touch(mode=0o600)
    file.write_text(NOTIFY)
    found = await finding(dcs_mirror.but(DCS_NOTIFY_FILE=str(file)), 0)
    assert (found["level"], found["found"][:12]) == ("ok", "2 recipients")
    assert found["found"].endswith("messages have no links (DCS_PUBLIC_URL is not set)")
    away = dcs_mirror.but(DCS_NOTIFY_FILE=str(file), DCS_DATABASE_URL="postgresql://u@127.0.0.1:9/d")
    assert (await finding(away, 1))["level"] == "unchecked"
