"""Tables on a terminal: nothing is left out, however narrow it is."""

import contextlib
import os
import pty
import re
import subprocess
import sys
import termios

import pytest

from dcs_mirror.cli.report import print_table
from dcs_mirror.csv_text import csv_cell
from dcs_mirror.plain_text import counted
from tests.support.readings import START

HEADINGS = {
    "flag": "right",
    "HEI": "right",
    "course": "left",
    "title": "left",
    "seen": "left",
    "link": "left",
}
ROWS = [
    ["7", "108", "HIST 101", "A history of everything", "2026-08-03", "https://example.ac.uk/a/" + 40 * "b"],
    ["12345678", "9", "", "Short", "2026-08-04", ""],
]


STATUS = ["HEI", "institution", "year", "age", "last sync", "courses", "items", "open flags"]
OF_ONE = ["108", "University of Thornmere", "2025-2026", "54 min", "complete", "50", "376", "7"]


def _on_terminal(width: int, headings: dict[str, str] = HEADINGS, rows: list[list[str]] = ROWS) -> str:
    """What a terminal of so many columns gets, without colours."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (50, width))
    code = f"from dcs_mirror.cli.report import print_table; print_table({headings!r}, {rows!r})"
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], stdout=slave, env=env, check=True)
    os.close(slave)
    shown = b""
    with contextlib.suppress(OSError):  # Linux tells the end of a terminal so
        while part := os.read(master, 65536):
            shown += part
    os.close(master)
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode().replace("\r\n", "\n"))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_every_cell_is_shown_whole_and_ids_and_dates_unbroken(width: int) -> None:
    shown = _on_terminal(width)
    assert "…" not in shown
    for unbroken in ("12345678", "108", "HIST 101", "2026-08-03", "2026-08-04"):
        assert unbroken in shown
    assert _letters(shown) == _letters("".join([*HEADINGS, *ROWS[0], *ROWS[1]])) or all(
        cell in shown for row in ROWS for cell in row
    )
    if width >= 80:
        assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("width", [75, 76, 80, 82, 83])
def test_the_last_column_is_shown_where_the_table_just_fits(width: int) -> None:
    shown = _on_terminal(width, dict.fromkeys(STATUS, "right"), [OF_ONE])
    assert _letters(shown) == _letters("".join([*STATUS, *OF_ONE]))
    assert max(map(len, shown.splitlines())) <= width


def _letters(text: str) -> list[str]:
    return sorted(re.sub(r"\s", "", text))


def test_without_rows_only_the_headings_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEADINGS, [])
    assert capsys.readouterr().out.split() == list(HEADINGS)


def test_a_spreadsheet_reads_times_as_times() -> None:
    assert csv_cell(START) == f"{START:%Y-%m-%d %H:%M:%S}"


def test_one_is_not_many() -> None:
    assert (counted(1, "course"), counted(0, "course"), counted(2, "course")) == (
        "1 course",
        "0 courses",
        "2 courses",
    )
