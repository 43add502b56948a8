"""Every call of the program in a block of README.md, docs/ and deploy/ is one that the command line takes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer import BadParameter

from dcs_mirror.cli import command
from dcs_mirror.settings import FILE_SETTINGS, Settings
from tests.support.pages import DOCS, PAGES, REPOSITORY, UNITS, blocks, calls, scripts

SETTINGS = {f"DCS_{name.upper()}" for name in Settings.model_fields}
SETTINGS |= {f"DCS_{name.upper()}_FILE" for name in FILE_SETTINGS}
OF_TESTS = {"DCS_TEST_DATABASE_URL", "DCS_CONTRACT_URL", "DCS_CONTRACT_USERNAME", "DCS_CONTRACT_PASSWORD"}
REFUSED = ("sync --hie 108", "snyc", "refresh", "refresh x", "students plan 108 --from")

UsageError: Any = BadParameter.__mro__[1]  # Typer has this class, but gives it no public name


@pytest.fixture(scope="module", autouse=True)
def _does_nothing() -> Iterator[None]:
    """Let every command parse its arguments, and then do nothing."""
    with pytest.MonkeyPatch.context() as patch:
        _patch_callbacks(command(), patch)
        yield


def _patch_callbacks(called: Any, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(called, "callback", None)
    for inner in getattr(called, "commands", {}).values():
        _patch_callbacks(inner, patch)


def refusal(arguments: list[str]) -> str | None:
    """Return why the command line does not take these arguments; None if it does."""
    try:
        command()(arguments, prog_name="dcs-mirror", standalone_mode=False)
    except UsageError as error:
        return str(error.format_message()) or type(error).__name__
    return None


@pytest.mark.parametrize("page", [*PAGES, *UNITS], ids=lambda page: page.name)
def test_every_call_in_a_block_parses(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outcomes.csv").touch()  # must be there for axcelerate update-units
    found = [words for script in scripts(page) for words in calls(script)]
    assert {" ".join(words): told for words in found if (told := refusal(words))} == {}


def test_the_calls_are_found_wherever_a_block_has_them() -> None:
    found = [words for page in [*PAGES, *UNITS] for script in scripts(page) for words in calls(script)]
    assert len(found) > 100
    for words in (
        ["refresh", "108", "--course", "R&D6"],  # README.md
        ["db", "url", "--database", "dcs_demo"],  # within $(…)
        ["sync", "--resume", "--quiet"],  # cron
        ["sync", "--resume"],  # systemd
        ["worker"],  # deploy/systemd
        ["students", "push", "108", "--from", "/records/numbers.xlsx"],  # Docker Compose
        ["calls", "settle", "12", "--taken"],  # before a comment
    ):
        assert words in found


@pytest.mark.parametrize("line", REFUSED)
def test_a_call_that_the_program_would_refuse_is_found(line: str) -> None:
    assert refusal(line.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_in_a_block_is_one(page: Path) -> None:
    text = "\n".join(blocks(page.read_text(encoding="utf-8"), r"\w*"))
    assert set(re.findall(r"\bDCS_[A-Z_]+\b", text)) <= SETTINGS | OF_TESTS


def test_the_settings_of_the_units_are_settings() -> None:
    text = "\n".join(unit.read_text(encoding="utf-8") for unit in UNITS)
    named = set(re.findall(r"\bDCS_[A-Z_]+", text))
    assert named
    assert named <= SETTINGS


@pytest.mark.parametrize(
    ("page", "line"), [("README.md", "^make test +# (.*)$"), ("Makefile", "^test:.*## (.*)$")]
)
def test_make_test_is_said_to_leave_the_long_tests_out(page: str, line: str) -> None:
    (told,) = re.findall(line, (REPOSITORY / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert re.match("all tests (except|but) the long ones", told)


def test_june_can_be_tried_on_the_sandbox_by_commands_alone() -> None:
    assert "docs/sandbox.md#try-a-year" in (REPOSITORY / "README.md").read_text(encoding="utf-8")
    text = (DOCS / "sandbox.md").read_text(encoding="utf-8")
    script = "\n".join(blocks(text[text.index("## Try a year") :], "sh"))
    for step in ("DCS_DATA_DIR=", "dcs-mirror rehearse-rollover", "_sandbox/rollover", "_sandbox/recheck"):
        assert step in script
    assert [words[0] for words in calls(script)].count("sync") == 3
