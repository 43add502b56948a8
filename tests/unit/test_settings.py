"""Settings: valid and invalid values from every source, and no secret in an error."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from dcs_mirror import settings
from dcs_mirror.errors import CredentialsMissing, MirrorError, SettingsError

SECRET = "hunter2"


def refusal() -> str:
    """The one-line error with which the environment's settings are refused."""
    with pytest.raises(SettingsError) as refused:
        settings.load()
    message = str(refused.value)
    assert message
    assert "\n" not in message
    assert refused.value.exit_code == 2
    assert SECRET not in message
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    return message


def revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def test_without_any_setting_the_defaults_hold() -> None:
    loaded = settings.load()
    assert loaded.api_url == "https://api.cla.co.uk/dcs-course-content-urls/v3"
    assert (loaded.api_username, loaded.api_password, loaded.api_subscription_key) == (None, None, None)
    assert loaded.database_url is None
    assert loaded.data_dir.name == "dcs-mirror"
    assert (loaded.concurrency, loaded.rate, loaded.timeout) == (16, 0, 30)
    assert (loaded.recheck_days, loaded.removal_guard, loaded.now) == (14, 0.5, None)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("API_URL", "http://localhost:8080/v3/", "http://localhost:8080/v3"),
        ("API_URL", " https://example.org/v3 ", "https://example.org/v3"),
        ("API_URL", "http://[::1]:8080", "http://[::1]:8080"),
        ("DATA_DIR", "/srv/dcs", Path("/srv/dcs")),
        ("CONCURRENCY", "1", 1),
        ("CONCURRENCY", "1000", 1000),
        ("RATE", "0", 0),
        ("RATE", "2.5", 2.5),
        ("TIMEOUT", "0.5", 0.5),
        ("RECHECK_DAYS", "1", 1),
        ("RECHECK_DAYS", "365", 365),
        ("REMOVAL_GUARD", "0", 0),
        ("REMOVAL_GUARD", "1", 1),
        ("NOW", "2026-06-10T09:00:00Z", datetime(2026, 6, 10, 9, tzinfo=UTC)),
        ("NOW", "2026-06-10T09:00+02:00", datetime(2026, 6, 10, 7, tzinfo=UTC)),
    ],
)
def test_a_valid_value_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: object
) -> None:
    monkeypatch.setenv(f"DCS_{name}", value)
    assert getattr(settings.load(), name.lower()) == expected


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@db.example.org:5432/dcs", "postgres://db/dcs", "postgresql:///dcs?host=/run/pg"]
)
def test_a_database_address_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DCS_DATABASE_URL", url)
    assert revealed(settings.load().database_url) == url


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-06-10T09:00", datetime(2026, 6, 10, 8, tzinfo=UTC)),
        ("2026-12-10 09:00:00", datetime(2026, 12, 10, 9, tzinfo=UTC)),
        ("2026-08-01", datetime(2026, 7, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_rehearsal_instant_without_a_zone_is_uk_time(
    monkeypatch: pytest.MonkeyPatch, instant: str, expected: datetime
) -> None:
    monkeypatch.setenv("DCS_NOW", instant)
    assert settings.load().now == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_URL", "api.cla.co.uk/v3"),
        ("API_URL", "ftp://api.cla.co.uk"),
        ("API_URL", "https://"),
        ("API_URL", "https:///v3"),
        ("API_URL", "http://[::1"),
        ("API_URL", "http://localhost:99999"),
        ("API_URL", f"http://localhost:{SECRET}"),
        ("API_URL", f"https://user:{SECRET}@example.org"),
        ("API_URL", f"https://{SECRET}@example.org"),
        ("API_URL", f"https://user:{SECRET}/x@example.org"),
        ("API_URL", f"https://user:{SECRET}\u2100@example.org"),
        ("API_URL", f"https://example.org/v3?key={SECRET}"),
        ("API_URL", f"https://example.org/v3#{SECRET}"),
        ("API_URL", "https://example.org/my api"),
        ("API_URL", "https://ex\xe4mple.org/v3"),
        ("PUBLIC_URL", "mirror.example.ac.uk"),
        ("PUBLIC_URL", f"https://user:{SECRET}@example.org"),
        ("PUBLIC_URL", "https://example.org/mirror"),
        ("API_USERNAME", f"user:{SECRET}"),
        ("API_SUBSCRIPTION_KEY", f"{SECRET}\nX-Other: 1"),
        ("API_SUBSCRIPTION_KEY", f"{SECRET}\u2026"),
        ("DATABASE_URL", f"mysql://user:{SECRET}@db/dcs"),
        ("DATABASE_URL", f"user:{SECRET}@db/dcs"),
        ("DATABASE_URL", f"postgresql://user:{SECRET}@db:port/dcs"),
        ("DATABASE_URL", f"postgresql://user:{SECRET}@[db/dcs"),
        ("CONCURRENCY", "0"),
        ("CONCURRENCY", "-1"),
        ("CONCURRENCY", "1001"),
        ("CONCURRENCY", "2.5"),
        ("CONCURRENCY", SECRET),
        ("RATE", "-0.1"),
        ("RATE", "nan"),
        ("RATE", "inf"),
        ("RATE", SECRET),
        ("TIMEOUT", "0"),
        ("TIMEOUT", "-1"),
        ("TIMEOUT", "nan"),
        ("TIMEOUT", "inf"),
        ("TIMEOUT", SECRET),
        ("RECHECK_DAYS", "0"),
        ("RECHECK_DAYS", "366"),
        ("RECHECK_DAYS", SECRET),
        ("REMOVAL_GUARD", "-0.01"),
        ("REMOVAL_GUARD", "1.01"),
        ("REMOVAL_GUARD", "50%"),
        ("REMOVAL_GUARD", "nan"),
        ("NOW", "tomorrow"),
        ("NOW", "2026"),
        ("NOW", "1780000000"),
        ("NOW", "10/Jun/2026 09:00"),
        ("NOW", SECRET),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"DCS_{name}", value)
    assert refusal().startswith(f"DCS_{name}: ")


def test_several_wrong_values_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCS_RATE", "-1")
    monkeypatch.setenv("DCS_TIMEOUT", "soon")
    message = refusal()
    assert "DCS_RATE: " in message
    assert "DCS_TIMEOUT: " in message


def test_a_password_without_a_username_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCS_API_PASSWORD", SECRET)
    assert refusal() == "DCS_API_PASSWORD is set without DCS_API_USERNAME"


def test_a_username_without_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCS_API_USERNAME", "Foo")
    assert refusal() == "DCS_API_USERNAME is set without DCS_API_PASSWORD"


@pytest.mark.parametrize("password", ["a:b:c", ":", "p\xe4ssw\xf6rd \u6f22", '"quoted" #1 $HOME'])
def test_w1_a_password_may_hold_colons_and_any_letters(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:

    monkeypatch.setenv("DCS_API_USERNAME", "Foo")
    monkeypatch.setenv("DCS_API_PASSWORD", password)
    assert settings.load().credentials() == ("Foo", password)


def test_missing_credentials_are_named_when_they_are_asked_for() -> None:
    with pytest.raises(CredentialsMissing, match=r"DCS_API_USERNAME.*DCS_API_PASSWORD") as missing:
        settings.load().credentials()
    assert isinstance(missing.value, MirrorError)
    assert missing.value.exit_code == 3


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "API_URL",
        "API_USERNAME",
        "API_PASSWORD",
        "API_PASSWORD_FILE",
        "CONCURRENCY",
        "RATE",
        "NOW",
    ):
        monkeypatch.setenv(f"DCS_{name}", "")
    loaded = settings.load()
    assert loaded.api_url == settings.DEFAULT_API_URL
    assert (loaded.api_username, loaded.api_password, loaded.now) == (None, None, None)
    assert (loaded.concurrency, loaded.rate) == (16, 0)


def test_secrets_are_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCS_API_USERNAME", "Foo")
    monkeypatch.setenv("DCS_API_PASSWORD", SECRET)
    monkeypatch.setenv("DCS_API_SUBSCRIPTION_KEY", f"key-{SECRET}")
    monkeypatch.setenv("DCS_DATABASE_URL", f"postgresql://u:{SECRET}@db/dcs")
    loaded = settings.load()
    for shown in (repr(loaded), str(loaded), str(loaded.model_dump()), loaded.model_dump_json()):
        assert SECRET not in shown


@pytest.mark.parametrize("name", settings.FILE_SETTINGS)
def test_a_secret_may_be_given_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    values = {"api_username": "Foo", "api_password": "B\xe4r: 1", "api_subscription_key": "k1"}
    values |= {"database_url": "postgresql://db/dcs", "students_database_url": "mssql+pyodbc://srs"}
    for other in ("api_username", "api_password"):
        monkeypatch.setenv(f"DCS_{other.upper()}", values[other])
    monkeypatch.delenv(f"DCS_{name.upper()}", raising=False)
    (tmp_path / "secret").write_text(values[name] + "\r\n", encoding="utf-8")
    monkeypatch.setenv(f"DCS_{name.upper()}_FILE", str(tmp_path / "secret"))
    value = getattr(settings.load(), name)
    assert (value if isinstance(value, str) else revealed(value)) == values[name]


def test_only_the_line_break_at_its_end_is_taken_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("  spaced out \n", encoding="utf-8")
    monkeypatch.setenv("DCS_API_USERNAME", "Foo")
    monkeypatch.setenv("DCS_API_PASSWORD_FILE", str(tmp_path / "secret"))
    assert settings.load().credentials() == ("Foo", "  spaced out ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("end", ["", "\r\n", "\n", "\r\n\r\n"])
def test_a_file_is_read_whatever_editor_of_which_system_saved_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str, end: str
) -> None:
    (tmp_path / "secret").write_bytes(f"B\xe4r\u20ac 1{end}".encode(encoding))
    monkeypatch.setenv("DCS_API_USERNAME", "Foo")
    monkeypatch.setenv("DCS_API_PASSWORD_FILE", str(tmp_path / "secret"))
    assert settings.load().credentials() == ("Foo", "B\xe4r\u20ac 1")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_of_another_encoding_is_refused_by_the_settings_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "secret").write_bytes(SECRET.encode(encoding))
    monkeypatch.setenv("DCS_API_USERNAME", "Foo")
    monkeypatch.setenv("DCS_API_PASSWORD_FILE", str(tmp_path / "secret"))
    assert refusal().startswith("DCS_API_PASSWORD_FILE: the file cannot be read: not UTF-8 text")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_the_first_line_of_a_dotenv_file_counts_behind_a_byte_order_mark(end: str) -> None:
    Path(".env").write_bytes(f"DCS_RATE=3{end}DCS_TIMEOUT=4{end}".encode("utf-8-sig"))
    loaded = settings.load()
    assert (loaded.rate, loaded.timeout) == (3, 4)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_dotenv_file_in_utf_16_is_refused(encoding: str) -> None:
    Path(".env").write_bytes("DCS_RATE=3\r\n".encode(encoding))
    assert refusal() == ".env is not UTF-8 text: save it as UTF-8"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/v3",
        "http://192.0.2.1:80",
        "http://127.0.0.1.example.org",
        "http://localhost.org",
    ],
)
def test_plain_http_to_another_machine_is_refused_unless_it_is_meant(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DCS_API_URL", url)
    assert "DCS_ALLOW_HTTP=true" in refusal()
    monkeypatch.setenv("DCS_ALLOW_HTTP", "true")
    assert settings.load().api_url == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:80", "http://[::1]:80/v3", "http://LOCALHOST/v3", "http://a.localhost"]
)
def test_plain_http_to_this_machine_is_no_danger(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DCS_API_URL", url)
    assert settings.load().api_url == url


def test_a_value_from_a_file_is_validated_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"mysql://u:{SECRET}@db/dcs", encoding="utf-8")
    monkeypatch.setenv("DCS_DATABASE_URL_FILE", str(tmp_path / "secret"))
    assert refusal().startswith("DCS_DATABASE_URL: must start with postgresql://")
    (tmp_path / "secret").write_text("postgresql://u@db/dcs")
    monkeypatch.setenv("PGCHANNELBINDING", "require")
    assert refusal().startswith("DCS_DATABASE_URL: PGCHANNELBINDING cannot be heeded")


@pytest.mark.parametrize("name", settings.FILE_SETTINGS)
def test_a_file_that_cannot_be_read_is_refused_without_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    # The password itself may have been given as the file's name.
    monkeypatch.setenv(f"DCS_{name.upper()}_FILE", str(tmp_path / SECRET))
    assert refusal() == f"DCS_{name.upper()}_FILE: the file cannot be read: No such file or directory"


def test_a_file_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("DCS_API_PASSWORD_FILE", str(tmp_path / "secret"))
    assert refusal() == "DCS_API_PASSWORD_FILE: the file cannot be read: not UTF-8 text"


def test_a_directory_is_no_secret_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DCS_API_PASSWORD_FILE", str(tmp_path))
    assert refusal().startswith("DCS_API_PASSWORD_FILE: the file cannot be read: ")


@pytest.mark.parametrize("name", settings.FILE_SETTINGS)
def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    monkeypatch.setenv(f"DCS_{name.upper()}", SECRET)
    monkeypatch.setenv(f"DCS_{name.upper()}_FILE", str(tmp_path / "secret"))
    assert refusal() == f"DCS_{name.upper()}_FILE and DCS_{name.upper()} are both set: keep one of them"


def test_a_dotenv_file_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file", encoding="utf-8")
    lines = ["DCS_API_USERNAME=Foo", "DCS_API_PASSWORD_FILE=secret", "DCS_RATE=3", "OTHER=1"]
    Path(".env").write_text("\n".join(lines), encoding="utf-8")
    loaded = settings.load()
    assert loaded.credentials() == ("Foo", "from a file")
    assert loaded.rate == 3


def test_the_environment_goes_before_the_dotenv_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DCS_RATE=3\nDCS_TIMEOUT=4\n", encoding="utf-8")
    monkeypatch.setenv("DCS_RATE", "5")
    loaded = settings.load()
    assert (loaded.rate, loaded.timeout) == (5, 4)


def test_an_override_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCS_RATE", "5")
    assert settings.load(rate=7).rate == 7


def test_only_the_dotenv_file_in_the_working_directory_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path(".env").write_text("DCS_RATE=3", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert settings.load().rate == 0


def test_a_dotenv_file_that_is_no_text_is_refused() -> None:
    Path(".env").write_bytes(b"DCS_RATE=\xff\xfe")
    assert refusal() == ".env is not UTF-8 text: save it as UTF-8"


def test_a_wrong_value_of_the_dotenv_file_is_refused_by_the_settings_name() -> None:
    Path(".env").write_text("DCS_RATE=-1", encoding="utf-8")
    assert refusal().startswith("DCS_RATE: ")


def test_the_clock_is_real_unless_an_instant_is_set() -> None:
    assert not settings.load().clock().offset
    assert settings.load(now=datetime(2001, 6, 10, tzinfo=UTC)).clock().offset
