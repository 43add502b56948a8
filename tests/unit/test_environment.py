"""Where settings come from: a `.env` that is not to be trusted is refused, and mistyped names are told."""

import os
import shlex
from pathlib import Path

import pytest

from dcs_mirror import environment, settings
from dcs_mirror.axcelerate import settings as axcelerate
from dcs_mirror.errors import SettingsError

KNOWN = settings.names(settings.Settings, settings.FILE_SETTINGS) | settings.names(
    axcelerate.AxcelerateSettings, axcelerate.FILE_SETTINGS
)


def refusal() -> str:
    """The one line with which the settings are refused."""
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2
    return str(refused.value)


@pytest.fixture(params=["plain", "a b"])
def file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The `.env` of a new working folder, as a shell reads its name."""
    path: Path = tmp_path / request.param
    path.mkdir()
    monkeypatch.chdir(path)
    return shlex.quote(f"{path}/.env")


@pytest.mark.parametrize("mode", [0o602, 0o622, 0o666, 0o646])
def test_a_dotenv_file_that_anybody_may_write_is_refused_with_the_command_that_mends_it(
    file: str, mode: int
) -> None:
    Path(".env").write_text("DCS_RATE=3", encoding="utf-8")
    Path(".env").chmod(mode)
    assert refusal().startswith(f"{file} can be written")
    assert refusal().endswith(f"chmod go-w {file}")
    os.system(f"chmod go-w {file}")  # noqa: S605 - the command that the message names
    assert settings.load().rate == 3


def test_a_dotenv_file_that_a_group_may_write_is_accepted_only_if_the_group_is_the_users_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("DCS_RATE=3", encoding="utf-8")
    Path(".env").chmod(0o660)
    own = Path(".env").stat().st_gid
    monkeypatch.setattr(environment, "_is_own_group", lambda gid: gid == own)
    assert settings.load().rate == 3
    monkeypatch.setattr(environment, "_is_own_group", lambda gid: gid != own)
    assert "can be written by other users" in refusal()


def test_a_dotenv_file_of_somebody_else_is_refused(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    """Another user runs the program: neither it nor root owns the file."""
    Path(".env").write_text("DCS_RATE=3", encoding="utf-8")
    if os.geteuid() == 0:
        os.chown(".env", 4321, 4321)
    owner = Path(".env").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert refusal().endswith(f"chown {owner + 1} {file}")


def test_a_link_that_somebody_else_put_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").symlink_to("/etc/passwd")  # root's, so what it leads to is to be trusted
    os.chown(".env", os.geteuid() or 4321, -1, follow_symlinks=False)
    owner = Path(".env").lstat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert f"chown -h {owner + 1} " in refusal()


def test_what_is_no_regular_file_is_refused_and_a_folder_is_left_alone() -> None:
    os.mkfifo(".env")
    assert "is not a regular file" in refusal()
    Path(".env").unlink()
    Path(".env").symlink_to(".env")
    assert "cannot be searched for .env: " in refusal()
    Path(".env").unlink()
    Path(".env").mkdir()
    assert settings.load().rate == 0


def test_a_working_folder_that_was_removed_has_no_dotenv_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert settings.load().rate == 0
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("DCS_DATABSE_URL", "DCS_DATABASE_URL"),
        ("DCS_DATABASE", "DCS_DATABASE_URL"),
        ("DCS_DATABASE-URL", "DCS_DATABASE_URL"),
        ("DCS_USERNAME", "DCS_API_USERNAME"),
        ("DCS_API_PASSWORD_FIEL", "DCS_API_PASSWORD_FILE"),
        ("DSC_API_USERNAME", "DCS_API_USERNAME"),
        ("dcs_concurency", "DCS_CONCURRENCY"),
        ("AXCELERATE_APITOKEN", "AXCELERATE_API_TOKEN"),
        ("AXCELERATE_SUBDOMIAN", "AXCELERATE_SUBDOMAIN"),
        ("DCS_RATE_", "DCS_RATE"),
    ],
)
@pytest.mark.parametrize("place", ["the environment", ".env"])
def test_a_mistyped_setting_is_told_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, mistyped: str, meant: str, place: str
) -> None:
    if place == ".env":
        Path(".env").write_text(f"{mistyped}=1", encoding="utf-8")
    else:
        monkeypatch.setenv(mistyped, "1")
    assert environment.doubtful(KNOWN) == [
        f"{mistyped} in {place} is not a setting of dcs-mirror: did you mean {meant}?"
    ]


def test_a_setting_like_no_other_is_told_without_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCS_FROBNICATE", "1")
    (told,) = environment.doubtful(KNOWN)
    assert told.endswith("is not a setting of dcs-mirror: docs/operating.md lists all settings")


def test_settings_and_variables_of_others_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DCS_RATE", "dcs_timeout", "DCS_API_PASSWORD_FILE", "AXCELERATE_URL", "DATABASE_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DISCS_RATE", "1")
    monkeypatch.setenv("DCS", "1")
    assert environment.doubtful(KNOWN) == []


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ("DCS_RATE=1\nset DCS_TIMEOUT=5\n", "line 2 of"),
        ("DCS_RATE: 1\nDCS_TIMEOUT: 5\n", "lines 1, 2 of"),
        ("$env:DCS_RATE=1", "line 1 of"),
        ('# note\nDCS_API_PASSWORD="hunter2\n', "line 2 of"),
        ("DCS_RATE=1\n\n \t\nset DCS_TIMEOUT=5\n", "line 4 of"),
        ("\r\nDCS_RATE=1\r\n\r\nset DCS_TIMEOUT=5\r\n\r\n DCS_RATE: 1\r\n", "lines 4, 6 of"),
        ("DCS_RATE=\nDCS_API_USERNAME\nexport DCS_RATE\n", "lines 2, 3 of"),
        ("# note\n\nexport DCS_RATE=1\n  DCS_TIMEOUT = 5\n", None),
    ],
)
def test_lines_of_a_dotenv_file_that_set_nothing_are_told_once_without_their_text(
    lines: str, where: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `set` of Windows, PowerShell and YAML write them."""
    Path(".env").write_text(lines, encoding="utf-8-sig", newline="")
    told = environment.doubtful(KNOWN)
    assert len(told) == (where is not None)
    for line in told:
        assert line.startswith(str(where))
        assert "hunter2" not in line
    settings.load()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_value_within_quotes_is_told_without_the_value(monkeypatch: pytest.MonkeyPatch, quote: str) -> None:
    """As `docker run --env-file` passes it on; a `.env` file takes its quotes off."""
    monkeypatch.setenv("DCS_API_PASSWORD", f"{quote}hunter2{quote}")
    Path(".env").write_text(f"DCS_API_USERNAME={quote}reader{quote}", encoding="utf-8")
    assert environment.doubtful(KNOWN) == [
        "DCS_API_PASSWORD in the environment begins and ends with a quote, which is part of it"
    ]
    assert settings.load().api_username == "reader"


def test_a_name_in_braces_is_replaced_even_within_single_quotes_but_not_in_a_file_of_a_secret() -> None:
    """As docs/operating.md says."""
    Path("password").write_text("a${NOBODY}b", encoding="utf-8")
    Path(".env").write_text(
        "DCS_API_USERNAME='r${NOBODY}x $y'\nDCS_API_PASSWORD_FILE=password", encoding="utf-8"
    )
    assert settings.load().credentials() == ("rx $y", "a${NOBODY}b")
