"""Tables on a terminal: nothing is left out, however narrow it is."""

import contextlib
import itertools
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from dcs_mirror.cli.tables import Cell, print_table, wrapped
from dcs_mirror.csv_text import csv_cell
from dcs_mirror.plain_text import counted, shown_path
from tests.support.readings import START

HEADINGS = {
    "flag": "right",
    "HEI": "right",
    "course": "left",
    "title": "left",
    "seen": "left",
    "link": "left",
}
Rows: TypeAlias = Sequence[Sequence[Cell]]

LINK = "https://example.ac.uk/a/" + 40 * "b"
ROWS: list[list[str]] = [
    ["7", "108", "HIST 101", "A history of everything", "2026-08-03", LINK],
    ["12345678", "9", "", "Short", "2026-08-04", ""],
]


STATUS = ["HEI", "institution", "year", "age", "last sync", "courses", "items", "open flags"]
OF_ONE = ["108", "University of Thornmere", "2025-2026", "54 min", "complete", "50", "376", "7"]


def _on_terminal(width: int, headings: dict[str, str] = HEADINGS, rows: Rows = ROWS) -> str:
    """What a terminal of so many columns gets, without colours."""
    code = f"from dcs_mirror.cli.tables import print_table; print_table({headings!r}, {rows!r})"
    return _run_on_terminal(width, code)


def _run_on_terminal(width: int, code: str, **settings: str) -> str:
    """What a program in Python prints on a terminal of so many columns, without colours."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (50, width))
    env = (
        {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        | {"TERM": "xterm"}
        | settings
    )
    subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=slave, env=env, check=False)
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
    as_table = [*HEADINGS, *ROWS[0], *ROWS[1]]
    as_records = [
        text for row in ROWS for pair in zip(HEADINGS, row, strict=True) if pair[1] for text in pair
    ]
    assert _letters(shown) in (_letters("".join(as_table)), _letters("".join(as_records)))
    assert LINK in shown
    assert all(len(line) <= width or LINK in line for line in shown.splitlines())


@pytest.mark.parametrize("width", [75, 76, 80, 82, 83])
def test_the_last_column_is_shown_where_the_table_just_fits(width: int) -> None:
    shown = _on_terminal(width, dict.fromkeys(STATUS, "right"), [OF_ONE])
    assert _letters(shown) == _letters("".join([*STATUS, *OF_ONE]))
    assert max(map(len, shown.splitlines())) <= width


COPIED = (
    "'/srv/a folder with blanks/of the university/data'",
    shown_path("/srv/the o'neill library/the dean's folder/data"),
    "/etc/ssl/certs/authorities-of-the-university-of-somewhere-and-its-partners.pem",
    "postgresql://dcs_sync@a-server-with-a-long-name.library.example.ac.uk:5432/the_database_of_the_mirror",
    "`GRANT SELECT, UPDATE ON reading_lists.request TO dcs_sync WITH INHERIT TRUE`",
    "dcs-mirror sync --hei 108 --accept-removals.",
    "`dcs-mirror targets add reading_lists.request request_id --hei-column hei_id`;",
)
PROSE = (
    "The institution's mirror is in {} or {}, but its owner's rights of {} are not: {} says so. If that is "
    "right: {} Run {}, or else {} and then look at what the institution's people say of it; it's not urgent."
).format(*COPIED)


@pytest.mark.parametrize("width", [30, 47, 80, 120])
def test_what_is_copied_is_never_broken_and_sentences_are_broken_between_words(width: int) -> None:
    lines = wrapped(PROSE, width)
    assert " ".join(lines) == PROSE
    for text in COPIED:
        assert any(text in line for line in lines)
    for line, following in itertools.pairwise(lines):
        next_piece = next((text for text in COPIED if following.startswith(text)), following.split()[0])
        assert len(line) <= width or any(line.startswith(text) for text in COPIED)
        assert len(line) + 1 + len(next_piece) > width


@pytest.mark.parametrize("width", [20, 60, 80])
def test_a_narrow_terminal_shows_findings_with_paths_and_commands_whole(width: int) -> None:
    headings = {"check": "left", "": "left", "found": "left"}
    rows: Rows = [
        ["database", "warning", [PROSE, f"to do: {COPIED[-1]}"]],
        ["schema", "ok", "is the program's"],
    ]
    lines = _on_terminal(width, headings, rows).splitlines()
    for text in COPIED:
        assert any(text in line for line in lines)
    assert any(line.strip().removeprefix("found").strip().startswith("to do:") for line in lines)
    assert all(len(line) <= width or any(text in line for text in COPIED) for line in lines)


@pytest.mark.parametrize("is_relative", [False, True])
def test_doctor_shows_a_long_path_with_blanks_whole(tmp_path: Path, is_relative: bool) -> None:
    folder = tmp_path / "a folder of the university with quite a long name" / "data of the mirror"
    given = folder.relative_to(tmp_path) if is_relative else folder
    code = (
        f"import os, sys; os.chdir({str(tmp_path)!r}); sys.argv[1:] = ['doctor']; "
        "from dcs_mirror.cli import main; main()"
    )
    shown = _run_on_terminal(80, code, DCS_DATA_DIR=str(given), DCS_API_URL="http://127.0.0.1:9/v3")
    lines = [line.strip() for line in shown.splitlines()]
    assert f"'{folder}'" in lines
    assert any(line.startswith("to do: run `dcs-mirror sync`") for line in lines)
    assert all(len(line) <= 80 or str(folder) in line for line in shown.splitlines())


@pytest.mark.parametrize("width", [20, 80])
def test_a_text_of_others_makes_no_row_and_is_shown_as_it_is(width: int) -> None:
    """A line feed of the DCS would look like a further line, and rich makes a picture of :book:."""
    rows = [["1", "108", "C", "A [b]:book:\n9  9  \x1b[2J", "2026-08-03", "x"]]
    shown = _on_terminal(width, rows=rows)
    assert "[b]:book:" in shown
    assert "\x1b" not in shown
    flat = [[cell.replace("\n", " ") for cell in row] for row in rows]
    assert shown == _on_terminal(width, rows=flat)


def test_a_title_of_wide_characters_keeps_the_columns_straight() -> None:
    rows = [
        ["7", "108", "C", "\u6b77\u53f2 of all", "2026-08-03", "x"],
        ["8", "1", "C", "Short", "2026-08-04", "y"],
    ]
    first, second = _on_terminal(80, HEADINGS, rows).splitlines()[1:]
    assert first.index("2026") + 2 == second.index("2026")


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
