"""A value of the wrong kind is named, with what it should be, in the words of a user."""

import pytest

from dcs_mirror.cli import command


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("refresh abc", "'HEI': 'abc' is not a whole number"),
        ("refresh 1.5", "'HEI': '1.5' is not a whole number"),
        ("refresh 0", "'HEI': 0 is less than 1"),
        ("refresh 2147483648", "'HEI': 2147483648 is more than 2147483647"),
        ("resolve 5 x", "'ID': 'x' is not a whole number"),
        ("flags --year 26", "'--year': 26 is less than 1900"),  # a group's own option
        ("sync --hei 108 --hei ''", "'--hei': \"''\" is not a whole number"),
        ("sandbox --latency abc", "'--latency': 'abc' is not a number"),
        ("sandbox --spelling abc", "'--spelling': 'abc' is not one of 'mixed', 'spec', 'sample'."),
    ],
)
def test_a_wrong_value_is_named(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command()(typed.split(), prog_name="dcs-mirror")
    shown = capsys.readouterr().err
    assert (end.value.code, shown.splitlines()[-1]) == (2, f"Error: Invalid value for {said}")
