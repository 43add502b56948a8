"""A value of the wrong kind is named, with what it should be, in the words of a user."""

import pytest

from dcs_mirror import settings
from dcs_mirror.cli import command
from dcs_mirror.errors import SettingsError


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("refresh abc", "'HEI': must be a whole number, not 'abc'"),
        ("refresh 1.5", "'HEI': must be a whole number, not '1.5'"),
        ("refresh 0", "'HEI': must be at least 1, not '0'"),
        ("refresh 2147483648", "'HEI': must be at most 2147483647, not '2147483648'"),
        ("resolve 5 x", "'ID': must be a whole number, not 'x'"),
        ("flags --year 26", "'--year': must be at least 1900, not '26'"),  # a group's own option
        ("sync --hei 108 --hei ''", "'--hei': must be a whole number, not \"''\""),
        ("sandbox --latency abc", "'--latency': must be a number, not 'abc'"),
        ("sandbox --spelling abc", "'--spelling': 'abc' is not one of 'mixed', 'spec', 'sample'."),
    ],
)
def test_a_wrong_value_is_named(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command()(typed.split(), prog_name="dcs-mirror")
    shown = capsys.readouterr().err
    assert (end.value.code, shown.splitlines()[-1]) == (2, f"Error: Invalid value for {said}")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CONCURRENCY", "2.5", "must be a whole number"),
        ("CONCURRENCY", "0", "must be at least 1"),
        ("RATE", "fast", "must be a number"),
        ("TIMEOUT", "0", "must be more than 0"),
        ("REMOVAL_GUARD", "2", "must be at most 1"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DCS_{name}", value)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert str(caught.value) == f"DCS_{name}: {said}"
