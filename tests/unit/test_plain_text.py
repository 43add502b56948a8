"""Text from outside is made safe to print, to log and to open in a spreadsheet."""

import io
import json
import unicodedata
from typing import Any

import msgspec
import pytest

from dcs_mirror.cli.terminal import GuardedStream
from dcs_mirror.csv_text import csv_cell
from dcs_mirror.errors import CallRefused, MirrorError, Retryable
from dcs_mirror.plain_text import counted, escaped, one_line

EVIL = (
    "red \x1b[31m, title \x1b]0;x\x07, back \r\x08, nul \x00, del \x7f, c1 \x9b2J, "
    "override \u202e\u2066, mark \u200f\u061c, lines \u2028\u2029\x85\x0b\x0c, tag \U000e0041, bom \ufeff"
)
OBEYED = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def obeyed(text: str) -> set[str]:
    """Return the characters of a text that are not letters, marks, signs or blanks."""
    return {c for c in text if unicodedata.category(c) in OBEYED}


def test_a_message_is_one_line_without_controls() -> None:
    text = one_line(f"{EVIL}\n{EVIL}")
    assert obeyed(text) == set()
    assert text.splitlines() == [text]
    assert one_line("Bríd O'Neil, 文学 👍") == "Bríd O'Neil, 文学 👍"


def test_what_is_escaped_keeps_its_lines_and_its_meaning_in_json() -> None:
    document = {"title": EVIL, "note": "two\nlines, \U0001f600 and a\u00a0blank"}
    text = escaped(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    assert obeyed(text) == {"\n"}
    assert json.loads(text) == document
    assert escaped("a\tb\nc \u4e00\u00e9") == "a\tb\nc \u4e00\u00e9"


@pytest.mark.parametrize("kind", [MirrorError, CallRefused, Retryable])
def test_every_error_is_one_line_without_controls(kind: type[MirrorError]) -> None:
    assert obeyed(str(kind(f"a trigger said {EVIL}\nlevel=error forged"))) == set()


class Screen(io.StringIO):
    """A stream that is a terminal, or not."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def test_a_guarded_stream_lets_colours_through_on_a_terminal_and_nothing_else() -> None:
    for is_terminal in (True, False):
        screen = Screen(is_terminal=is_terminal)
        text = f"\x1b[1;31mError\x1b[0m {EVIL}\n"
        assert GuardedStream(screen).write(text) == len(text)
        shown = screen.getvalue().replace("\x1b[1;31m", "").replace("\x1b[0m", "").replace("\x1b[31m", "")
        assert obeyed(shown) == {"\n"}
        assert ("\x1b" in screen.getvalue()) is is_terminal
        assert not hasattr(GuardedStream(screen), "buffer"), "Click would write past the guard"


@pytest.mark.parametrize(
    "cell",
    [
        *('=HYPERLINK("x")', "+1+cmd", "-2+3", "@SUM(A1)", "-5 students", "--", "+44 20 x"),
        *(
            "\n=1+1",
            " =1",
            "\t=1",
            "\r\n@x",
            "\u00a0=1",
            "\u3000=1",
            "\u200b=1",
            "\ufeff=1",
            "\x00=1",
            "\u2028=1",
        ),
        *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe661", "\u2212x"),
    ],
)
def test_a_text_that_a_spreadsheet_would_evaluate_gets_an_apostrophe(cell: str) -> None:
    assert csv_cell(cell) == f"'{one_line(cell)}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        *(("-5", "-5"), ("+5", "+5"), ("-1.5", "-1.5"), ("-1,234.50", "-1,234.50"), (-5, "-5"), (None, "")),
        *(("Emma = Emma", "Emma = Emma"), ("1-20", "1-20"), ("a@example.ac.uk", "a@example.ac.uk"), ("", "")),
        *(("two\nlines", "two lines"), ("'quoted", "'quoted"), (True, "True")),
    ],
)
def test_other_cells_stay_as_they_are(value: Any, cell: str) -> None:
    assert csv_cell(value) == cell


def test_a_count_is_written_as_people_read_it() -> None:
    assert [counted(count, "flag") for count in (0, 1, 2, 12662)] == [
        "0 flags",
        "1 flag",
        "2 flags",
        "12,662 flags",
    ]
