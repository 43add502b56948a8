"""The settings of aXcelerate: valid and invalid ones, and no token in an error."""

from pathlib import Path

import pytest

from dcs_mirror.axcelerate import settings
from dcs_mirror.errors import CredentialsMissing, SettingsError

SECRET = "hunter2"


def test_without_any_setting_the_defaults_hold_and_what_is_missing_is_named() -> None:
    loaded = settings.load()
    assert (loaded.rate, loaded.concurrency, loaded.timeout) == (150, 4, 30)
    with pytest.raises(SettingsError, match="AXCELERATE_SUBDOMAIN"):
        loaded.base_url()
    with pytest.raises(CredentialsMissing, match="AXCELERATE_WS_TOKEN") as missing:
        loaded.tokens()
    assert missing.value.exit_code == 3


@pytest.mark.parametrize(
    ("name", "value", "address"),
    [
        ("SUBDOMAIN", "college", "https://college.app.axcelerate.com/api"),
        ("URL", "https://college.stg.axcelerate.com/api/", "https://college.stg.axcelerate.com/api"),
        ("URL", "http://localhost:8300/axcelerate/api", "http://localhost:8300/axcelerate/api"),
    ],
)
def test_the_address_is_a_subdomain_or_a_full_address(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, address: str
) -> None:
    monkeypatch.setenv(f"AXCELERATE_{name}", value)
    assert settings.load().base_url() == address


def test_tokens_come_from_the_environment_or_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("AXCELERATE_API_TOKEN", "plain")
    monkeypatch.setenv("AXCELERATE_WS_TOKEN_FILE", str(file))
    assert settings.load().tokens() == {"apitoken": "plain", "wstoken": SECRET}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"RATE": "-1"}, "AXCELERATE_RATE"),
        ({"RATE": "inf"}, "AXCELERATE_RATE"),
        ({"CONCURRENCY": "0"}, "AXCELERATE_CONCURRENCY"),
        ({"TIMEOUT": "soon"}, "AXCELERATE_TIMEOUT"),
        ({"SUBDOMAIN": "college.app.axcelerate.com"}, "AXCELERATE_SUBDOMAIN: must be the one word"),
        ({"SUBDOMAIN": "evil.example/#"}, "AXCELERATE_SUBDOMAIN"),
        ({"URL": "ftp://college"}, "AXCELERATE_URL: must be an http"),
        ({"URL": f"https://me:{SECRET}@college"}, "AXCELERATE_API_TOKEN"),
        ({"URL": "https://college/api", "SUBDOMAIN": "college"}, "both set"),
        ({"API_TOKEN": f"{SECRET}\nX-Other: 1"}, "AXCELERATE_API_TOKEN: must be one line"),
        ({"WS_TOKEN": f"{SECRET}é"}, "AXCELERATE_WS_TOKEN: must be one line"),
        ({"WS_TOKEN_FILE": f"/no/such/{SECRET}"}, "AXCELERATE_WS_TOKEN_FILE: the file cannot be read"),
        ({"WS_TOKEN_FILE": "/dev/null", "WS_TOKEN": SECRET}, "are both set"),
    ],
)
def test_an_invalid_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], words: str
) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(f"AXCELERATE_{name}", value)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)
