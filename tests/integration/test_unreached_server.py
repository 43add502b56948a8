"""Why PostgreSQL cannot be reached is said in words that name what to look at."""

from pathlib import Path

import pytest

from dcs_mirror.database import connections
from dcs_mirror.errors import DatabaseUnavailable


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:9/x", "connection refused; does the server run, and is its port right?"),
        ("dcs.invalid/x", "its name is not known here; is the address right, and does DNS work?"),
        ("/x?host={folder}", "no server has its socket there; does it run, and is the folder right?"),
    ],
)
async def test_what_to_look_at_is_said(address: str, said: str, tmp_path: Path) -> None:
    assert (await _refused(address.format(folder=tmp_path))).endswith(f" cannot be reached: {said}")


async def test_each_of_several_hosts_is_named_and_no_number_of_an_error() -> None:
    said = await _refused("127.0.0.1:9,127.0.0.1:7/x")
    assert "; 127.0.0.1:7: connection refused" in said
    assert "Errno" not in said


async def _refused(address: str) -> str:
    with pytest.raises(DatabaseUnavailable) as caught:
        async with connections.connect(f"postgresql://{address}"):
            pass
    return str(caught.value)
