"""No module is too long to be read in one go."""

from tests.structure.sql_access import REPOSITORY

MAX_LINES = 400
FOLDERS = ("dcs_mirror", "tests", "bench", "docs")


def test_no_module_is_longer_than_400_lines() -> None:
    files = [file for top in FOLDERS for file in (REPOSITORY / top).rglob("*.py")]
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {str(file): lines for file, lines in lengths.items() if lines > MAX_LINES} == {}
